from django.conf import settings

from common.partitions import PartitionedTable

MESSAGE_LOG = PartitionedTable(table="ocpp_gateway_exchange", unit="day", keep_days=settings.MESSAGE_LOG_DAYS, ahead=7)

PARTITIONED = (MESSAGE_LOG,)
