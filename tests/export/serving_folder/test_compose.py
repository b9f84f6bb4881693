import http.server
import shutil
import subprocess
import threading

import pytest

from multimodal_zoo.export.serving_folder.compose import status_check


@pytest.mark.skipif(shutil.which("bash") is None, reason="the check is a line of bash")
@pytest.mark.parametrize(("state", "status"), [("AVAILABLE", 0), ("LOADING", 1), ("UNAVAILABLE", 1)])
def test_the_health_check_asks_for_the_status_of_the_model(state, status):
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.path, self.headers["Host"]))
            body = f'{{"model_version_status": [{{"version": "1", "state": "{state}"}}]}}'.encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        line = status_check("deep_fm", server.server_address[1])
        run = subprocess.run(["bash", "-c", line], timeout=30)
        server.shutdown()
    assert run.returncode == status
    assert asked == [("/v1/models/deep_fm", "localhost")]


@pytest.mark.skipif(shutil.which("bash") is None, reason="the check is a line of bash")
def test_the_health_check_fails_where_nothing_listens():
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as server:
        port = server.server_address[1]
    assert (
        subprocess.run(["bash", "-c", status_check("deep_fm", port)], capture_output=True, timeout=30).returncode == 1
    )
