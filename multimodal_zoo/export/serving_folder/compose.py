"""`docker-compose.yaml`: the server on one machine, reachable from that machine only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from multimodal_zoo.export.serving_folder.server_flags import GRPC_PORT, MOUNT, REST_PORT


def compose_file(image: str, flags: Sequence[str], models: Sequence[str]) -> dict[str, Any]:
    """The compose file that serves the folder it stands in.

    Args:
        image: of the model server.
        flags: of the server.
        models: names of the models; the container is healthy once each has a version that answers.

    Returns:
        The document. The ports are bound to 127.0.0.1, for the server asks nobody who they are.
    """
    return {
        "services": {
            "model-server": {
                "image": image,
                "command": list(flags),
                "ports": [f"127.0.0.1:{port}:{port}" for port in (GRPC_PORT, REST_PORT)],
                "volumes": [{"type": "bind", "source": ".", "target": MOUNT, "read_only": True}],
                "restart": "unless-stopped",
                "healthcheck": {
                    "test": ["CMD", "bash", "-c", " && ".join(map(status_check, models))],
                    "interval": "10s",
                    "timeout": "5s",
                    "retries": 3,
                    "start_period": "120s",
                },
            }
        }
    }


def status_check(model: str, port: int = REST_PORT) -> str:
    """A line of bash that asks for the status of a model: the image has bash, and neither curl nor wget."""
    request = f"GET /v1/models/{model} HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n"
    # A $ is doubled in a compose file; this line needs none.
    return f"exec 3<>/dev/tcp/127.0.0.1/{port} && printf '{request}' >&3 && grep -q '\"AVAILABLE\"' <&3"
