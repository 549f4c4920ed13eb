-- The health policy in force for each component of `scope`: of the nearest ancestor that has one,
-- there the highest version.
SELECT DISTINCT ON (scope.id) scope.id AS scope_id, policy.*
FROM scope
JOIN core_healthpolicy AS policy
  ON policy.component_id IS NULL OR policy.component_id = ANY(scope.path)
ORDER BY scope.id, array_position(scope.path, policy.component_id) DESC NULLS LAST,
         policy.version DESC
