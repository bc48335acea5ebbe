-- A laptop's access log is read as a whole where it does not go on where it ended, among the logs of all laptops.
CREATE INDEX log_of_a_laptop ON row (cooperation_id, device_id) WHERE entity = 'access_log';
