-- The health of portfolios out of their components, by the rule of the policy in force.
--
-- Reads `aggregate` (programs/aggregate.sql) and `policy`. The same in Python: portfolios/health.py.
WITH portfolio AS (
    SELECT aggregate.*, policy.rule, policy.index_green, policy.index_amber,
           policy.coverage_min, policy.count_green AS share_green, policy.count_amber AS share_amber
    FROM aggregate JOIN policy ON policy.scope_id = aggregate.component_id
), judged AS (
    SELECT portfolio.*, forecast_severity AS benefit_severity,
           CASE WHEN NOT is_active THEN NULL
                WHEN schedule_index >= index_amber THEN 2
                WHEN schedule_index >= index_green THEN 1
                WHEN schedule_index IS NOT NULL THEN (schedule_worst = 2)::int
           END AS schedule_severity,
           CASE
               WHEN NOT is_active OR coverage < coverage_min THEN NULL
               WHEN rule = 'worst_of' THEN worst
               WHEN rule = 'count_based' THEN CASE
                   WHEN green_share > share_green THEN 0
                   WHEN green_share >= share_amber THEN 1
                   WHEN green_share IS NOT NULL THEN 2 END
               WHEN index >= index_amber THEN 2
               WHEN index >= index_green OR (worst = 2 AND index IS NOT NULL) THEN 1
               WHEN index IS NOT NULL THEN 0
           END AS severity
    FROM portfolio
)
SELECT judged.*,
       NULL::jsonb AS pull,
       CASE WHEN NOT is_active THEN 'done'
            WHEN coverage IS NULL THEN unrated
            ELSE core_colour(severity) END AS computed,
       entries || CASE WHEN schedule_severity IS NULL THEN '[]'::jsonb ELSE jsonb_build_array(
           jsonb_build_object(
               'dimension', 'schedule', 'measure', 'schedule_index',
               'value', schedule_index::text,
               'threshold',
               round(CASE schedule_severity WHEN 2 THEN index_amber ELSE index_green END, 6)::text,
               'health', core_colour(schedule_severity)
           )) END
       || CASE WHEN NOT is_active OR coverage IS NULL THEN '[]'::jsonb
          WHEN coverage < coverage_min THEN jsonb_build_array(jsonb_build_object(
              'dimension', 'overall', 'measure', 'coverage', 'value', coverage::text,
              'threshold', round(coverage_min, 6)::text, 'health', 'unknown'))
          ELSE jsonb_build_array(jsonb_build_object(
              'dimension', 'overall', 'measure', rule,
              'value', CASE rule WHEN 'worst_of' THEN worst::text
                  WHEN 'count_based' THEN green_share::text ELSE index::text END,
              'threshold', CASE rule WHEN 'worst_of' THEN '0'
                  WHEN 'count_based' THEN
                      round(CASE severity WHEN 2 THEN share_amber ELSE share_green END, 6)::text
                  ELSE round(CASE severity WHEN 2 THEN index_amber ELSE index_green END, 6)::text
              END,
              'health', core_colour(severity)
          )) END AS measures
FROM judged
