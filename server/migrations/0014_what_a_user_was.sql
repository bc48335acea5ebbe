-- What a user was before, and until when: a laptop that has not been here since then holds what they saw as such.
ALTER TABLE user_account ADD COLUMN role_before text;
ALTER TABLE user_account ADD COLUMN role_until timestamptz;
