-- 2 is exporter.rollup.Scope.USER: sums of all, of the tenant and of outlets stay.
DELETE FROM rollup_day WHERE tenant = $1 AND scope = 2 AND (subject = $3 OR subject ~* $2)
