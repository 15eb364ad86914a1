"""Where stations send files to and fetch firmware from: one-time addresses over HTTP and FTP (OCPP 1.6 §8.2)."""
