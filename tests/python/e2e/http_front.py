"""A ClickHouse HTTP server for the tests: the protocol of port 8123 over the embedded engine.

Run as a program: `http_front.py DIRECTORY USER PASSWORD`. It prints its port and serves until its
standard input ends. It knows what clickhouse-connect and dbt-clickhouse use: queries and data in
the body, settings and `param_*` in the address, sessions, compressed and chunked bodies, forms,
errors with their code. `/lose-reply?match=REGEX` makes it carry out the next statement that
matches, and close the connection instead of answering; `/lost-replies` counts those so far.
"""

from __future__ import annotations

import base64
import email
import email.policy
import gzip
import json
import os
import re
import sys
import tempfile
import threading
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import chdb
from clickhouse_connect.driver import compression

AUTHENTICATION_FAILED = 516
# what the HTTP interface takes for itself; the rest of the address are settings
TRANSPORT = {
    "query", "database", "session_id", "session_timeout", "session_check", "query_id", "quota_key",
    "compress", "decompress", "buffer_size", "wait_end_of_query", "client_protocol_version", "role",
    "send_progress_in_http_headers", "http_headers_progress_interval_ms",
    "enable_http_compression", "cancel_http_readonly_queries_on_client_close",
}  # fmt: skip
INSERT = re.compile(
    rb"\s*(insert\s+into\s+.+?)\s+format\s+(native|arrowstream|jsoneachrow)[ ]*(\n|$)", re.I | re.S
)
FORMAT = re.compile(r"\bformat\s+(\w+)\s*;?\s*$", re.I)


class Front(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, directory: str, user: str, password: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.directory = directory
        self.credentials = base64.b64encode(f"{user}:{password}".encode()).decode()
        self.sessions: dict[str, Any] = {}
        self.guard = threading.Lock()
        self.to_lose: re.Pattern[str] | None = None
        self.lost_replies = 0
        # keeps the engine while no request is open
        self.engine = chdb.connect(directory)

    def connection(self, session: str | None) -> Any:
        """An engine handle with settings of its own; that of a session lives on."""
        if session is None:
            return chdb.connect(self.directory)
        with self.guard:
            if session not in self.sessions:
                self.sessions[session] = chdb.connect(self.directory)
            return self.sessions[session]

    def loses(self, statement: str) -> bool:
        """Whether the reply to this statement is to be lost; true once for each request."""
        with self.guard:
            found = self.to_lose is not None and self.to_lose.search(statement) is not None
            if found:
                self.to_lose = None
                self.lost_replies += 1
            return found


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Front

    def do_GET(self) -> None:
        self.answer()

    def do_POST(self) -> None:
        self.answer()

    def log_message(self, format: str, *arguments: Any) -> None:
        pass

    def answer(self) -> None:
        address = urlsplit(self.path)
        parameters = dict(parse_qsl(address.query, keep_blank_values=True))
        body = self.body(parameters)
        if address.path == "/ping":
            self.reply(200, b"Ok.\n")
        elif address.path == "/lose-reply":
            self.server.to_lose = re.compile(parameters["match"], re.I)
            self.reply(200, b"")
        elif address.path == "/lost-replies":
            self.reply(200, str(self.server.lost_replies).encode())
        elif self.headers.get("Authorization") != f"Basic {self.server.credentials}":
            self.fail("Code: 516. DB::Exception: Authentication failed. (AUTHENTICATION_FAILED)")
        else:
            self.execute(parameters, body)

    def body(self, parameters: dict[str, str]) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            data = b"".join(parts)
        else:
            data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        encoding = self.headers.get("Content-Encoding", "")
        data = decompressed(data, encoding)
        kind = self.headers.get("Content-Type", "")
        if kind.startswith("multipart/form-data"):
            head = f"Content-Type: {kind}\r\n\r\n".encode()
            form = email.message_from_bytes(head + data, policy=email.policy.HTTP)
            for part in form.iter_parts():
                name = part.get_param("name", header="content-disposition")
                parameters[str(name)] = part.get_payload(decode=True).decode()
            return b""
        return data

    def execute(self, parameters: dict[str, str], body: bytes) -> None:
        text = parameters.get("query", "").encode()
        statement = text + b"\n" + body if text else body
        session = parameters.get("session_id")
        connection = self.server.connection(session)
        settings = {
            name: value
            for name, value in parameters.items()
            if name not in TRANSPORT and not name.startswith("param_")
        }
        binds = {
            name.removeprefix("param_"): value
            for name, value in parameters.items()
            if name.startswith("param_")
        }
        try:
            if database := parameters.get("database"):
                connection.query(f"use `{database}`")
            for name, value in settings.items():
                connection.query(f"set {name} = '" + value.replace("'", "\\'") + "'")
            result, shape, rows = run(connection, statement, binds)
        except RuntimeError as error:
            self.fail(str(error))
            return
        finally:
            if session is None:
                connection.close()
        if self.server.loses(statement[:2000].decode(errors="replace")):
            self.close_connection = True
            return
        summary = json.dumps({"written_rows": str(rows), "read_rows": "0"})
        headers = {"X-ClickHouse-Summary": summary, "X-ClickHouse-Timezone": "UTC"}
        if shape:
            headers["X-ClickHouse-Format"] = shape
        if "gzip" in self.headers.get("Accept-Encoding", "") and (
            parameters.get("enable_http_compression") == "1"
        ):
            result = gzip.compress(result, 1)
            headers["Content-Encoding"] = "gzip"
        self.reply(200, result, headers)

    def fail(self, message: str) -> None:
        found = re.search(r"Code: (\d+)", message)
        code = int(found[1]) if found else 1
        status = 403 if code == AUTHENTICATION_FAILED else 500
        self.reply(status, message.encode(), {"X-ClickHouse-Exception-Code": str(code)})

    def reply(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def run(connection: Any, statement: bytes, binds: dict[str, str]) -> tuple[bytes, str, int]:
    """Run one statement; its result, the format of the result, and the rows that it wrote."""
    if insert := INSERT.match(statement):
        with tempfile.NamedTemporaryFile(suffix=".data") as file:
            file.write(statement[insert.end() :])
            file.flush()
            head, shape = insert[1].decode(), insert[2].decode()
            result = connection.query(f"{head} from infile '{file.name}' format {shape}")
            return b"", "", int(result.rows_written())
    text = statement.decode()
    if shaped := FORMAT.search(text):
        return connection.query(text, "TabSeparated", params=binds).bytes(), shaped[1], 0
    # only what gives a result, if an empty one, gives the line of names
    result = connection.query(text, "TabSeparatedWithNames", params=binds)
    _names, newline, rows = result.bytes().partition(b"\n")
    return rows, "TabSeparated" if newline else "", int(result.rows_written())


def decompressed(data: bytes, encoding: str) -> bytes:
    if encoding == "gzip":
        return gzip.decompress(data)
    if encoding == "deflate":
        return zlib.decompress(data)
    if encoding == "lz4":
        return bytes(compression._require_lz4().decompress(data))
    if encoding == "zstd":
        return compression._zstd_decompress(data)
    return data


def main(directory: str, user: str, password: str) -> None:
    Path(directory).mkdir(parents=True, exist_ok=True)
    front = Front(directory, user, password)
    print(front.server_port, flush=True)
    threading.Thread(target=front.serve_forever, daemon=True).start()
    sys.stdin.read()
    # the data is thrown away, and the engine's own way out complains on standard error
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
