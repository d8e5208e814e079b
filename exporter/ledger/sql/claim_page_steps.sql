SELECT s.page_id, s.person, s.way, s.channel, s.unsure_tries - 1 AS unsure_tries, s.planned_at, p.status, p.title, p.text
FROM claim_page_steps(make_interval(secs => $1), make_interval(secs => $2), $3, $4) s JOIN pages p USING (page_id)
