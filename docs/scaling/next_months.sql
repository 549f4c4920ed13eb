-- Make the partitions of the year to come, once partition_by_month.sql has run. Once a month:
--
--     psql "$DATABASE_URL" --single-transaction --file docs/scaling/next_months.sql
CALL add_months('core_snapshot', 'as_of', 'core_snapshot');
CALL add_months('projects_progress', 'date', 'projects_progress');
CALL add_months('core_costentry', 'date', 'core_costentry');
