package live

import (
	"context"
	"log/slog"
	"strconv"
	"time"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
)

// mostLines is how many changes or notes of one batch have a line of their own; thousands
// of alerts at once are one more line. All of them are in the history.
const mostLines = 100

// tell logs what a batch changed.
func (d *Driver) tell(b engine.Batch) {
	for i, n := range b.Notes {
		if i == mostLines {
			d.log.Warn("more notes of the core", "count", len(b.Notes)-i)
			break
		}
		d.log.Warn("core", append([]any{"note", n.Text}, n.Args...)...)
	}
	for i, c := range b.Changes {
		if i == mostLines {
			d.log.Warn("more alerts changed", "count", len(b.Changes)-i)
			break
		}
		d.log.Info("alert changed", changeArgs(c)...)
	}
}

func changeArgs(c evaluator.Change) []any {
	return []any{
		"kind", c.Kind.String(), "alert", c.Alert.Name, "from", c.From.String(), "to", c.To.String(),
		"reason", string(c.Alert.Reason), "value", number(c.Alert.Value), "bound", number(c.Alert.Bound),
		"labels", c.Alert.Labels.String(), "rule", c.Alert.Rule, "episode", c.Alert.Episode,
	}
}

// number writes a value as text: JSON has no word for NaN.
func number(n rules.Number) string { return strconv.FormatFloat(float64(n), 'g', -1, 64) }

// tellSettled logs the end of an attempt.
func (d *Driver) tellSettled(ctx context.Context, v notifier.Delivery, s notifier.Settled, took time.Duration) {
	args := []any{
		"id", v.ID, "attempt", v.Attempt, "receiver", v.Receiver, "integration", v.Integration,
		"outcome", s.Outcome.String(), "reason", string(v.Reason), "group", v.Group.Labels.String(),
		"firing", len(v.Firing), "resolved", len(v.Resolved), "took", took,
	}
	if s.Error != "" {
		args = append(args, "err", s.Error)
	}
	level := slog.LevelInfo
	if s.Outcome != notifier.Delivered || s.Error != "" {
		level = slog.LevelWarn
	}
	d.log.Log(ctx, level, "delivery settled", args...)
}

// tellTrouble logs that the store failed.
func (d *Driver) tellTrouble(err error, rows int) {
	d.log.Error("keeping rows failed", "err", err, "rows", rows)
}
