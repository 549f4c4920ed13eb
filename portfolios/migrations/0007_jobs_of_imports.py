"""Each import that was checked or imported so far gets the job that it would have now."""

from django.db import migrations

# The id of the import stands in `asked`, by which each finds its job.
MADE = """
    INSERT INTO core_job (owner_id, kind, title, asked, state, message, done, total, attempts,
        is_unwanted, rows_ok, rows_skipped, rows_failed, report, request_id, created_at,
        started_at, finished_at)
    SELECT owner_id, 'import', file_name,
        jsonb_build_object('import', id, 'parent', '', 'partial', is_partial, 'as_of', as_of,
            'dry_run', state IN ('checking', 'checked'), 'sets_status_date', sets_status_date),
        CASE WHEN state IN ('checking', 'importing') THEN 'queued'
            WHEN state IN ('checked', 'done') THEN 'done' ELSE 'failed' END,
        message, done, total, attempts, false,
        CASE WHEN state IN ('checked', 'done') THEN coalesce((report->>'rows_read')::int
            - (report->>'rows_rejected')::int, 0) ELSE 0 END,
        CASE WHEN state = 'refused' THEN coalesce((report->>'rows_read')::int
            - (report->>'rows_rejected')::int, 0) ELSE 0 END,
        coalesce((report->>'rows_rejected')::int, 0),
        report - 'rejections', request_id, coalesce(started_at, created_at), started_at,
        finished_at
    FROM portfolios_importrun WHERE state <> 'uploaded'
"""
REASONS = """
    INSERT INTO core_jobrow (job_id, row, "column", reason)
    SELECT j.id, (r->>'row')::int, r->>'column', r->>'reason'
    FROM portfolios_importrun AS i JOIN core_job AS j ON (j.asked->>'import')::bigint = i.id,
        jsonb_array_elements(i.report->'rejections') AS r
    WHERE j.kind = 'import' AND jsonb_typeof(i.report) = 'object'
"""
NAMED = """
    UPDATE portfolios_importrun AS i SET job_id = j.id FROM core_job AS j
    WHERE j.kind = 'import' AND (j.asked->>'import')::bigint = i.id
"""
BACK = """
    UPDATE portfolios_importrun SET job_id = NULL;
    DELETE FROM core_jobrow;
    DELETE FROM core_job WHERE kind = 'import'
"""


class Migration(migrations.Migration):
    dependencies = [("portfolios", "0006_job_of_import")]

    operations = [
        migrations.RunSQL(MADE, BACK),
        migrations.RunSQL(REASONS, migrations.RunSQL.noop),
        migrations.RunSQL(NAMED, migrations.RunSQL.noop),
    ]
