# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP side: /api/v2/KIND/, .../ID/, .../ID/ASSOCIATION/, survey_spec and create_approval_template."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from .kinds import KINDS
from .rules import survey
from .store import Object, RefusedError, Store

PREFIX = "/api/v2/"
Answer = tuple[int, Any]
NOT_FOUND: Answer = (404, {"detail": "Not found."})


class Awx:
    """A context: ``with Awx(playbooks) as awx`` serves at ``awx.url`` to every client with ``awx.token``.

    writes holds every request that was to change something, as (method, path, body).
    """

    def __init__(self, playbooks: Sequence[str]) -> None:
        self.store = Store(playbooks)
        self.token = secrets.token_urlsafe(24)
        self.writes: list[tuple[str, str, Object]] = []
        self._lock = threading.Lock()
        outer = self

        class Handler(_Handler):
            awx = outer

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Awx:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, method: str, target: str, body: Object) -> Answer:
        """Answer one request."""
        url = urlsplit(target)
        if not url.path.startswith(PREFIX) or not url.path.endswith("/"):
            return NOT_FOUND
        parts = url.path[len(PREFIX) : -1].split("/")
        with self._lock:
            if method != "GET":
                self.writes.append((method, url.path, body))
            try:
                return self._route(method, parts, dict(parse_qsl(url.query)), body)
            except RefusedError as error:
                return 400, error.problems

    def _route(self, method: str, parts: list[str], query: dict[str, str], body: Object) -> Answer:
        kind = parts[0]
        if kind not in {*KINDS, "unified_job_templates"}:
            return NOT_FOUND
        if len(parts) == 1:
            return self._collection(method, kind, query, body)
        key = int(parts[1])
        if key not in self.store.objects[kind]:
            return NOT_FOUND
        return (
            self._object(method, kind, key, body) if len(parts) == 2 else self._part(method, kind, key, parts[2], body)
        )

    def _collection(self, method: str, kind: str, query: dict[str, str], body: Object) -> Answer:
        if method == "POST":
            return 201, self._shown(kind, self.store.create(kind, body))
        return 200, _listed([self._shown(*found) for found in self.store.found(kind, query)])

    def _object(self, method: str, kind: str, key: int, body: Object) -> Answer:
        if method == "PATCH":
            self.store.change(kind, key, body)
        return 200, self._shown(kind, self.store.objects[kind][key])

    def _part(self, method: str, kind: str, key: int, name: str, body: Object) -> Answer:
        if name == "survey_spec":
            return self._survey(method, key, body)
        if name == "create_approval_template" and method == "POST":
            return 201, self._shown("workflow_approval_templates", self.store.approve(key, body))
        if name not in KINDS[kind].associations:
            return NOT_FOUND
        if method == "POST":
            self.store.associate(kind, key, name, body["id"], remove=bool(body.get("disassociate")))
            return 204, None
        other = KINDS[kind].associations[name]
        joined = self.store.associated.get((kind, key, name), [])
        return 200, _listed([self._shown(other, self.store.objects[other][one]) for one in joined])

    def _survey(self, method: str, key: int, body: Object) -> Answer:
        if method == "DELETE":
            self.store.surveys.pop(key, None)
            return 200, {}
        if method == "POST":
            if problems := list(survey(body)):
                return 400, {"error": "; ".join(problems)}
            self.store.surveys[key] = body
        return 200, self.store.surveys.get(key, {})

    def _shown(self, kind: str, value: Object) -> Object:
        """Add what every answer has: type, url and where related things are."""
        url = f"{PREFIX}{kind}/{value['id']}/"
        related = {"survey_spec": f"{url}survey_spec/"}
        template = value.get("unified_job_template")
        for one, objects in self.store.objects.items():
            if template in objects:
                related["unified_job_template"] = f"{PREFIX}{one}/{template}/"
        extra = {"type": KINDS[kind].type, "url": url, "related": related, "summary_fields": {}}
        return {**self.store.shown(kind, value), **extra}


def _listed(results: list[Object]) -> Object:
    return {"count": len(results), "next": None, "previous": None, "results": results}


class _Handler(BaseHTTPRequestHandler):
    awx: Awx
    protocol_version = "HTTP/1.1"
    timeout = 10

    def do_GET(self) -> None:
        self._do()

    def do_POST(self) -> None:
        self._do()

    def do_PATCH(self) -> None:
        self._do()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
        """Say nothing."""

    def _do(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("Authorization") != f"Bearer {self.awx.token}":
            answer: Answer = 401, {"detail": "Authentication credentials were not provided."}
        else:
            answer = self.awx.answer(self.command, self.path, json.loads(body or b"{}"))
        status, content = answer
        data = b"" if content is None else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("X-API-Product-Name", "AWX")
        self.send_header("X-API-Product-Version", "24.6.1")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
