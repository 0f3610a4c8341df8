"""Reads QuickSight expressions as their reference documents them, and holds them to values made elsewhere.

    quicksight_expressions.py PARQUET CASES

PARQUET is a folder of files with columns e0, e1, ... beside others; CASES a JSON list of QuickSight expressions over the
other columns, each meant to be the column of its number. Prints the differences as a JSON list of texts.

What QuickSight says nowhere, how text functions and NOT treat NULL, is tried both ways: as SQL, and with false instead
of unknown. concat takes NULL as nothing. A boolean column is an integer, a division is one of decimals.
"""

import json
import re
import sys

import duckdb

TOKEN = re.compile(r"'(?:[^']|'')*'|\{[^}]*\}|[A-Za-z]+(?=\()|.", re.DOTALL)


class Reader:
    """One expression as DuckDB's SQL."""

    def __init__(self, text, booleans, false_for_null):
        self.tokens = TOKEN.findall(text)
        self.booleans = booleans
        self.false_for_null = false_for_null

    def until(self, ends):
        """Text up to one of `ends`, which is taken too; returns both."""
        sql = ""
        while self.tokens:
            token = self.tokens.pop(0)
            if token in ends:
                return sql.strip(), token
            if token == "(":
                inner, _ = self.until(")")
                sql += f"({inner})"
            elif token == "[":
                inner, _ = self.until("]")
                sql += f"({inner})"
            elif token.startswith("{"):
                name = f'"{token[1:-1]}"'
                sql += f"CAST({name} AS INTEGER)" if token[1:-1] in self.booleans else name
            elif re.fullmatch("[A-Za-z]+", token) and self.tokens and self.tokens[0] == "(":
                self.tokens.pop(0)
                arguments, end = [], ","
                while end == ",":
                    argument, end = self.until(",)")
                    arguments.append(argument)
                sql += self.call(token, arguments)
            else:
                sql += token
        return sql.strip(), ""

    def test(self, sql):
        return f"coalesce({sql}, false)" if self.false_for_null else f"({sql})"

    def call(self, name, a):
        if name == "ifelse":
            whens = " ".join(f"WHEN {c} THEN {v}" for c, v in zip(a[:-1:2], a[1:-1:2]))
            return f"CASE {whens} ELSE {a[-1]} END"
        plain = {"toLower": "lower", "toUpper": "upper", "strlen": "length", "nullIf": "nullif"}
        same = ("trim", "substring", "replace", "concat", "coalesce", "abs", "floor", "ceil", "round")
        tests = {"contains": "contains", "startsWith": "starts_with", "endsWith": "ends_with"}
        if name in plain or name in same:
            return f"{plain.get(name, name)}({', '.join(a)})"
        if name in tests:
            return self.test(f"{tests[name]}({', '.join(a)})")
        return {
            "NOT": lambda: self.test(f"NOT ({a[0]})"),
            "in": lambda: f"({a[0]} IN {a[1]})",
            "notIn": lambda: f"({a[0]} NOT IN {a[1]})",
            "isNull": lambda: f"({a[0]} IS NULL)",
            "isNotNull": lambda: f"({a[0]} IS NOT NULL)",
            "decimalToInt": lambda: f"CAST(trunc({a[0]}) AS BIGINT)",
            "intToDecimal": lambda: f"CAST({a[0]} AS DOUBLE)",
            "toString": lambda: f"CAST({a[0]} AS VARCHAR)",
            "parseDate": lambda: f"CAST({a[0]} AS TIMESTAMP)",
            "formatDate": lambda: f"strftime({a[0]}, '%Y-%m-%d')",
            "truncDate": lambda: f"date_trunc('day', {a[1]})",
            "extract": lambda: {"'YYYY'": "year", "'MM'": "month", "'DD'": "day"}[a[0]] + f"({a[1]})",
        }[name]()


def main():
    folder, cases = sys.argv[1:]
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    source = f"read_parquet('{folder}/**/*.parquet')"
    types = {row[0]: row[1] for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
    booleans = {name for name, kind in types.items() if kind == "BOOLEAN"}
    faults = []
    with open(cases, encoding="utf-8") as file:
        expressions = json.load(file)
    for index, text in enumerate(expressions):
        for false_for_null in (False, True):
            sql, _ = Reader(text, booleans, false_for_null).until(())
            expected = f'"e{index}"'
            kind = types[f"e{index}"]
            if kind == "BOOLEAN":
                expected = f"CAST({expected} AS INTEGER)"
            if kind == "DATE":
                sql = f"CAST({sql} AS DATE)"
            same = f"{expected} IS NOT DISTINCT FROM ({sql})"
            if kind in ("DOUBLE", "FLOAT"):
                same += f" OR abs({expected} - ({sql})) <= 1e-12 * abs({expected})"
            query = f"SELECT k, {expected}, ({sql}) FROM {source} WHERE ({same}) IS NOT TRUE ORDER BY k LIMIT 3"
            for row, ours, theirs in connection.execute(query).fetchall():
                faults.append(f"{text} in row {row}: {theirs!r}, not {ours!r}")
    json.dump(faults, sys.stdout)


main()
