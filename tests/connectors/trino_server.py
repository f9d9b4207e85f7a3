"""Trino's protocol over DuckDB: what its real driver says is answered, on a free port.

A stand-in for the server alone: `POST /v1/statement`, one page a query. The driver, its
literals and its types are the real ones.
"""

from __future__ import annotations

import http.server
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import duckdb

_BOUND = re.compile(r"EXECUTE IMMEDIATE '((?:[^']|'')*)'(?: USING (.*))?$", re.DOTALL)
_TYPES = {
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "DOUBLE": "double",
    "VARCHAR": "varchar",
    "DATE": "date",
    "TIMESTAMP WITH TIME ZONE": "timestamp(6) with time zone",
}


class TrinoServer:
    """``asked`` are the statements, in their order."""

    def __init__(self, database: duckdb.DuckDBPyConnection) -> None:
        self.asked: list[str] = []
        self._database = database
        self._lock = threading.Lock()

    def answer(self, text: str) -> dict[str, Any]:
        """The page for one statement, as Trino writes it."""
        page: dict[str, Any] = {
            "id": "q",
            "infoUri": "",
            "stats": {"state": "FINISHED"},
        }
        with self._lock:
            self.asked.append(text)
            try:
                columns, rows = self._run(text)
            except duckdb.Error as error:
                failed = {"errorName": "FAILED", "errorType": "USER_ERROR"}
                return {**page, "error": {"message": str(error), **failed}}
        return {**page, "columns": columns, "data": rows}

    def _run(self, text: str) -> tuple[list[dict[str, Any]], list[list[Any]]]:
        bound = _BOUND.fullmatch(text)
        if bound is None:
            done = self._database.execute(text)
        else:
            self._database.execute("PREPARE asked AS " + bound[1].replace("''", "'"))
            done = self._database.execute(f"EXECUTE asked({bound[2] or ''})")
        types = [(name, _type(str(kind))) for name, kind, *_ in done.description or ()]
        columns = [{"name": n, "type": t[0], "typeSignature": t[1]} for n, t in types]
        return columns, [[_value(each) for each in row] for row in done.fetchall()]


def _type(kind: str) -> tuple[str, dict[str, Any]]:
    """A type by its name, and as a signature with its arguments."""
    if kind.endswith("[]"):
        name, inner = _type(kind[:-2])
        argument = {"kind": "TYPE", "value": inner}
        return f"array({name})", {"rawType": "array", "arguments": [argument]}
    decimal = re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", kind)
    if decimal:
        digits = [{"kind": "LONG", "value": int(each)} for each in decimal.groups()]
        return kind.lower(), {"rawType": "decimal", "arguments": digits}
    raw = _TYPES[kind].replace("(6)", "")
    length = {"kind": "LONG", "value": 6 if "time" in raw else 2_147_483_647}
    arguments = [length] if raw == "varchar" or "time" in raw else []
    return _TYPES[kind], {"rawType": raw, "arguments": arguments}


def _value(value: object) -> Any:
    match value:
        case datetime():
            return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} UTC"
        case Decimal():
            return str(value)
        case list():
            return [_value(each) for each in value]
        case None | bool() | int() | float() | str():
            return value
    return str(value)


@contextmanager
def a_trino_server(
    database: duckdb.DuckDBPyConnection,
) -> Iterator[tuple[TrinoServer, int]]:
    """The server over a database, and its port."""
    served = TrinoServer(database)

    class Page(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            size = int(self.headers["content-length"])
            page = served.answer(self.rfile.read(size).decode())
            body = json.dumps(page).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    listening = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    listening.daemon_threads = True
    thread = threading.Thread(target=listening.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield served, listening.server_address[1]
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()
