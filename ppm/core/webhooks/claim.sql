UPDATE core_webhookdelivery AS claimed SET next_at = %(until)s
FROM (
    SELECT due.id
    FROM core_webhook AS w
    CROSS JOIN LATERAL (
        SELECT d.id, d.next_at
        FROM core_webhookdelivery AS d
        WHERE d.webhook_id = w.id AND d.state = 'waiting' AND d.next_at <= %(now)s
            AND NOT EXISTS (
                SELECT FROM core_webhookdelivery AS earlier
                WHERE earlier.webhook_id = w.id AND earlier.lane = d.lane
                    AND earlier.state = 'waiting' AND earlier.id < d.id
            )
        ORDER BY d.next_at, d.id
        LIMIT %(each)s
        FOR UPDATE OF d SKIP LOCKED
    ) AS due
    ORDER BY due.next_at, due.id
    LIMIT %(most)s
) AS picked
WHERE claimed.id = picked.id
RETURNING claimed.id
