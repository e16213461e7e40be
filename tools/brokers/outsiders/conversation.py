"""Commands come as lines of JSON, each is answered by one: what an outsider does for a test."""

import base64
import json
import sys
from datetime import datetime
from typing import Any, Callable

from cloudevents.core.base import BaseCloudEvent
from cloudevents.core.v1.event import CloudEvent
from dateutil.parser import isoparse


def event_of(described: dict[str, Any]) -> CloudEvent:
    attributes = dict(described["attributes"])
    if "time" in attributes:
        attributes["time"] = isoparse(attributes["time"])
    data = described.get("data")
    if "base64" in described:
        data = base64.b64decode(described["base64"])
    return CloudEvent(attributes, data)


def description_of(event: BaseCloudEvent, body: bytes | None) -> dict[str, Any]:
    data = event.get_data()
    return {
        "attributes": {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in event.get_attributes().items()
        },
        "data": None if isinstance(data, bytes) else data,
        "base64": None if body is None else base64.b64encode(body).decode(),
    }


def converse(commands: dict[str, Callable[[dict[str, Any]], Any]]) -> None:
    for line in sys.stdin:
        command = json.loads(line)
        try:
            answer = {"done": commands[command["do"]](command)}
        except Exception as error:  # whatever it is, the test is to say it
            answer = {"failed": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)
