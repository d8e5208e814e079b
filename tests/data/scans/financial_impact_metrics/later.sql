INSERT INTO financial_impact_metrics (user_id, outcome_type, outcome_value, outcome_date)
VALUES (123, 'savings_goal_achieved', 1.00, '2026-11-01'), (123, 'budget_improved', 7.50, '2026-11-20');
DELETE FROM financial_impact_metrics WHERE outcome_value = 25.00;
