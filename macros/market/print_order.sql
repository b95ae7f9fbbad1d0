{# One number that sorts prints by time, then by sequence number, then by price: a minimum of
   numbers takes a quarter of the time of an argMin by a tuple. The price decides between prints of
   one instant without a sequence number, so that the order of files does not show. #}
{% macro print_order(ts, seq, price) -%}
    bitOr(
        bitShiftLeft(toUInt256(toUnixTimestamp64Micro({{ ts }})), 192),
        bitOr(
            bitShiftLeft(toUInt256({{ seq }}), 128),
            toUInt256(reinterpretAsUInt128({{ price }}))
        )
    )
{%- endmacro %}

{% macro print_price(order) -%}
    reinterpret(reinterpretAsUInt128({{ order }}), 'Decimal(38, 12)')
{%- endmacro %}

{% macro print_seq(order) -%}
    reinterpretAsUInt64(bitShiftRight({{ order }}, 128))
{%- endmacro %}

{% macro print_at(order) -%}
    fromUnixTimestamp64Micro(reinterpretAsInt64(bitShiftRight({{ order }}, 192)), 'UTC')
{%- endmacro %}
