"""kafka-python, with the SDK's binding for Kafka."""

import sys
from typing import Any
from urllib.parse import urlparse

from cloudevents.core.bindings import kafka
from cloudevents.core.formats.json import JSONFormat
from conversation import converse, description_of, event_of
from kafka import KafkaConsumer, KafkaProducer

FORMAT = JSONFormat()

servers = urlparse(sys.argv[1]).netloc
producer = KafkaProducer(bootstrap_servers=servers, acks="all")
consumers: list[KafkaConsumer] = []


def listen(command: dict[str, Any]) -> None:
    consumers.append(
        KafkaConsumer(command["topic"], bootstrap_servers=servers, auto_offset_reset="earliest", group_id=None)
    )


def read(command: dict[str, Any]) -> dict[str, Any]:
    records = consumers[-1].poll(timeout_ms=command["within"] * 1000, max_records=1)
    for record in (record for some in records.values() for record in some):
        message = kafka.KafkaMessage(dict(record.headers), record.key, record.value)
        return {**description_of(kafka.from_binary(message, FORMAT), record.value)}
    raise TimeoutError("nothing came")


def publish(command: dict[str, Any]) -> None:
    message = kafka.to_binary(event_of(command["event"]), FORMAT)
    key = message.key.encode() if isinstance(message.key, str) else message.key
    headers = list(message.headers.items())
    producer.send(command["topic"], value=message.value, key=key, headers=headers).get(timeout=20)


converse({"listen": listen, "read": read, "publish": publish})
