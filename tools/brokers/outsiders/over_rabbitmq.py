"""pika, with the SDK's bindings: `amqp` is CloudEvents' own for AMQP, `rabbitmq` the one of Knative."""

import sys
from typing import Any

import pika
from cloudevents.core.bindings import amqp, rabbitmq
from cloudevents.core.formats.json import JSONFormat
from conversation import converse, description_of, event_of

FORMAT = JSONFormat()

connection = pika.BlockingConnection(pika.URLParameters(sys.argv[1]))
channel = connection.channel()
channel.confirm_delivery()
queues: list[str] = []


def listen(command: dict[str, Any]) -> None:
    channel.cancel()
    queue = channel.queue_declare("", exclusive=True).method.queue
    channel.queue_bind(queue, command["exchange"], command["key"])
    queues.append(queue)


def read(command: dict[str, Any]) -> dict[str, Any]:
    for _, properties, body in channel.consume(queues[-1], auto_ack=True, inactivity_timeout=command["within"]):
        if properties is None:
            raise TimeoutError("nothing came")
        native = {} if properties.content_type is None else {"content-type": properties.content_type}
        message = amqp.AMQPMessage(native, properties.headers, body)
        return description_of(amqp.from_binary(message, FORMAT), body)
    raise RuntimeError("the queue was deleted")


def publish(command: dict[str, Any]) -> None:
    event = event_of(command["event"])
    if command["binding"] == "rabbitmq":
        message = rabbitmq.to_binary(event, FORMAT)
        properties = pika.BasicProperties(content_type=message.content_type, headers=message.headers)
        body = message.body
    else:
        plain = amqp.to_binary(event, FORMAT)
        headers = plain.application_properties
        if command["binding"] == "colon":
            headers = {name.replace("_", ":", 1): value for name, value in headers.items()}
        if command["binding"] == "timestamp":  # what AMQP 0-9-1 has for it
            headers = {**headers, "cloudEvents_time": event.get_time()}
        properties = pika.BasicProperties(content_type=plain.properties.get("content-type"), headers=headers)
        body = plain.application_data
    # mandatory: an event that nobody gets is an error
    channel.basic_publish(command["exchange"], command["key"], body, properties, mandatory=True)


converse({"listen": listen, "read": read, "publish": publish})
