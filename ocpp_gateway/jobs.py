from ocpp_gateway.export import OCPP_EXPORT

JOB_KINDS = (OCPP_EXPORT,)
