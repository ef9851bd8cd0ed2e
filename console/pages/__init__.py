"""The pages: functions from a visit to an answer."""
