"""Simulated OCPP 1.6J chargers: the demo fleet, a source of load, and the other end of the gateway's tests.

Knows nothing of the portal: no model, no setting, no database. It talks OCPP over a websocket, and HTTP or FTP
when a charger uploads a file. Start with `charger.SimulatedCharger` (one charger) or `fleet.Fleet` (thousands).
"""
