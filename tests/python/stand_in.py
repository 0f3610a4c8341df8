"""Starts another project's stand-in for AWS and prints its address as JSON: stand_in.py moto|ministack PORT.

It runs until its standard input is closed.
"""

import json
import os
import socket
import subprocess
import sys
import time

name, port = sys.argv[1], sys.argv[2]
folder = os.path.dirname(sys.executable)
command = {
    "moto": [f"{folder}/moto_server", "-H", "127.0.0.1", "-p", port],
    "ministack": [f"{folder}/ministack"],
}[name]
environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
environment.update(
    {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": port,
        "IOT_MTLS_ENABLED": "0",  # else ministack listens on every address for devices
    }
)
with open(os.devnull, "w", encoding="utf-8") as nowhere:
    server = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=nowhere, stderr=nowhere)
try:
    deadline = time.monotonic() + 60
    while True:
        if server.poll() is not None:
            sys.exit(f"{name} ended with {server.returncode}")
        try:
            socket.create_connection(("127.0.0.1", int(port)), timeout=1).close()
            break
        except OSError:
            if time.monotonic() > deadline:
                sys.exit(f"{name} does not listen on {port}")
            time.sleep(0.1)
    print(json.dumps({"url": f"http://127.0.0.1:{port}"}), flush=True)
    sys.stdin.read()
finally:
    server.terminate()
    server.wait(20)
