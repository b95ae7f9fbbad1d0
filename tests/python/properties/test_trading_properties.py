"""Random histories of accounts: whatever arrives, in whatever files, the marts are the same.

Accounts are independent of each other, so one world of files and builds carries many histories.
`make test` tries few worlds, the same each time; TRADEHOUSE_PROVE=1 many, other ones each time.
"""

from __future__ import annotations

import os
import secrets
import traceback
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, example, given, reject, seed, settings

from tests.python.conftest import PROVE
from tests.python.marts import Marts
from tests.python.properties.differing import Differs
from tests.python.properties.drawing import worlds
from tests.python.properties.histories import History
from tests.python.properties.regressions import REGRESSIONS
from tests.python.properties.tally import Tally
from tests.python.properties.trial import Trial
from tests.python.properties.worlds import World

# below ten examples hypothesis makes no small ones first
EXAMPLES, ACCOUNTS, TICKS = (9, 60, 8) if PROVE else (1, 25, 3)


class Jury:
    """Verdicts on worlds, each given once.

    When one has failed, all histories but one that differs are set aside: accounts do not depend
    on each other, so hypothesis can shrink that one without trying the others again.
    """

    def __init__(self, marts: Marts) -> None:
        self.tally = Tally()
        self._marts = marts
        # by what lands and is built: other places that make the same files are the same
        self._verdicts: dict[str, str] = {}
        self._set_aside: set[History] = set()

    def verdict(self, world: World) -> str:
        """What does not hold of a world; empty when all does."""
        if world.key() not in self._verdicts:
            suspects = tuple(h for h in world.histories if h not in self._set_aside)
            reduced = replace(world, histories=suspects)
            if reduced.key() not in self._verdicts:
                self._verdicts[reduced.key()] = self._try(reduced) if suspects else ""
            self._verdicts[world.key()] = self._verdicts[reduced.key()]
        return self._verdicts[world.key()]

    def _try(self, world: World) -> str:
        try:
            Trial(self._marts, world, self.tally).run()
        except Differs as error:
            numbers = {int(name.split()[1]) for name in error.accounts}
            culprits = [world.histories[number] for number in sorted(numbers)]
            if culprits:
                kept = min(culprits, key=lambda history: len(history.ops))
                self._set_aside |= set(world.histories) - {kept}
            histories = map(repr, culprits)
            return "\n".join([str(error), "their histories:", *histories, f"in {world.ticks}"])
        except Exception as error:
            return "".join(traceback.format_exception(error))
        return ""


def test_the_marts_depend_on_what_was_said_alone(
    trading: Marts, capsys: pytest.CaptureFixture[str]
) -> None:
    jury = Jury(trading)

    @settings(
        max_examples=EXAMPLES,
        derandomize=not PROVE,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(world=worlds(ACCOUNTS, TICKS))
    def holds(world: World) -> None:
        if not world.histories:
            reject()
        verdict = jury.verdict(world)
        assert not verdict, verdict

    for world in REGRESSIONS:
        holds = example(world=world)(holds)
    number = int(os.environ.get("TRADEHOUSE_SEED") or secrets.randbelow(2**32))
    if PROVE:
        holds = seed(number)(holds)
        with capsys.disabled():
            print(f"\nTRADEHOUSE_SEED={number}")
    try:
        holds()
    finally:
        with capsys.disabled():
            print(f"\n{jury.tally}")
