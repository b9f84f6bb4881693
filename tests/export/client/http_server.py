"""A small HTTP server in a thread that answers from a script and keeps what it was asked."""

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Asked:
    method: str
    path: str
    headers: dict
    body: bytes

    def json(self):
        return json.loads(self.body)


@dataclass
class Reply:
    status: int = 200
    body: bytes = b""
    headers: dict = field(default_factory=dict)
    # Send the body in chunks, its length unsaid.
    chunked: bool = False
    # Hang up instead of answering, hang up afterwards without saying so, or wait in the middle of the body.
    drop: bool = False
    hang_up: bool = False
    stall: threading.Event | None = None


def json_reply(document, status=200, **more):
    return Reply(status, json.dumps(document).encode(), {"Content-Type": "application/json"}, **more)


class ScriptedServer:
    """`scripts` maps (method, path) to replies, or functions of what was asked; the last is given again and again."""

    def __init__(self, scripts):
        self.scripts = {key: list(replies) for key, replies in scripts.items()}
        self.asked = []
        self.connections = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                super().setup()
                outer.connections += 1

            def log_message(self, *_):
                pass

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.asked.append(Asked(self.command, self.path, headers, body))
                replies = outer.scripts.get((self.command, self.path))
                if replies is None:
                    reply = json_reply({"error": f"Malformed request: {self.command} {self.path}"}, 404)
                else:
                    reply = replies.pop(0) if len(replies) > 1 else replies[0]
                if callable(reply):
                    reply = reply(outer.asked[-1])
                if reply.drop:
                    self.close_connection = True
                    return
                self.send_response(reply.status)
                body, framing = reply.body, {"Content-Length": str(len(reply.body))}
                if reply.chunked:
                    body = b"%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (9, body[:9], len(body) - 9, body[9:])
                    framing = {"Transfer-Encoding": "chunked"}
                for name, value in {**framing, **reply.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                if reply.stall:
                    self.wfile.write(reply.body[:1])
                    reply.stall.wait(5)
                    self.close_connection = True
                    return
                self.wfile.write(body)
                self.close_connection = self.close_connection or reply.hang_up

            do_GET = do_POST = answer

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self):
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def paths(self):
        return [f"{one.method} {one.path}" for one in self.asked]
