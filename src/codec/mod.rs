//! MQTT Control Packets as bytes and as values.
