-- The measurements that were recorded before `until`, in the place of the table of that name.
--
-- Stands before programs/benefit.sql where an answer about the past is read; the roll-up, which
-- counts all that is recorded, reads the table itself.
SELECT * FROM programs_benefitmeasurement WHERE recorded_at < %(until)s
