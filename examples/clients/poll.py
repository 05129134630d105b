"""Fetches one profile through the OutX API: create, then ask until the task ends. Python's own library is enough.

    OUTX_BASE_URL=http://127.0.0.1:8080 OUTX_API_KEY=any python3 examples/clients/poll.py ada-example
"""

import json
import os
import sys
import time
import urllib.parse
import urllib.request

BASE = os.environ.get("OUTX_BASE_URL", "https://api.outx.ai")
KEY = os.environ["OUTX_API_KEY"]


def call(path, body=None):
    data = None if body is None else json.dumps(body).encode()
    headers = {"x-api-key": KEY, "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(BASE + path, data, headers), timeout=30) as answer:
        return json.load(answer)


task = call("/linkedin-agent/fetch-profile", {"profile_slug": sys.argv[1]})["api_agent_task_id"]
print("task", task, file=sys.stderr)  # keep it: a task that is not done yet can still be asked for tomorrow
query = urllib.parse.urlencode({"api_agent_task_id": task})
for _ in range(30):
    data = call("/linkedin-agent/get-task-status?" + query)["data"]
    if data["status"] in ("completed", "failed"):
        json.dump(data["task_output"], sys.stdout)
        sys.exit(0 if data["status"] == "completed" else 1)
    time.sleep(5)
sys.exit(f"task {task} is still pending: nothing has failed, ask again later")
