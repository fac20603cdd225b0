package file

import (
	"strconv"
	"time"

	"gopkg.in/yaml.v3"

	"tocsin/rules"
)

// defaultWindow is the window of a budget that says none.
const defaultWindow = time.Minute

// A rawBudget is a rate_limit as written.
type rawBudget struct {
	pos
	window span
	max    count
}

func (d *doc) budget(into *rawBudget) setter {
	return func(n *yaml.Node) {
		if null(n) {
			return
		}
		into.pos = d.at(n)
		d.budgetKeys(n, into)
	}
}

func (d *doc) budgetKeys(n *yaml.Node, into *rawBudget) {
	before := len(d.sink.all)
	d.object(n, "rate limit", fields{
		"window": d.positive(&into.window),
		"max":    d.count(&into.max),
	})
	if !into.max.set() && !d.sink.failed(before) {
		into.bad(CodeMissing, "a rate limit needs max: the most messages in a window").Hint = "write {window: 1m, max: 10}; max: 0 is no limit"
	}
}

// build makes the budget; without a limit the zero value.
func (b rawBudget) build() rules.Budget {
	if b.max.n == 0 {
		return rules.Budget{}
	}
	return rules.Budget{Window: b.window.or(defaultWindow), Max: b.max.n}
}

// budgetOf reads NOTIFY_RATE_LIMIT_WINDOW and NOTIFY_RATE_LIMIT_MAX: the budget of
// every receiver, or nil.
func (e *environment) budgetOf(window, most text) *rules.Budget {
	if most.s == "" {
		if window.s != "" {
			window.variable(CodeEnvironment, "says how long, and NOTIFY_RATE_LIMIT_MAX must say how many")
		}
		return nil
	}
	n, err := strconv.Atoi(most.s)
	if err != nil || n < 0 {
		most.variable(CodeEnvironment, "is not a whole number")
		return nil
	}
	long, ok := window.window()
	if !ok {
		window.variable(CodeEnvironment, "is neither a duration such as 1m nor a number of milliseconds, or is 0")
		return nil
	}
	if n == 0 {
		return &rules.Budget{}
	}
	return &rules.Budget{Window: long, Max: n}
}

// window reads a duration, or a bare number of milliseconds as Node has it.
func (t text) window() (time.Duration, bool) {
	if t.s == "" {
		return defaultWindow, true
	}
	if n, err := strconv.ParseInt(t.s, 10, 64); err == nil {
		return time.Duration(n) * time.Millisecond, n > 0 && n <= int64(time.Duration(1<<63-1)/time.Millisecond)
	}
	d, hint := parseDuration(t.s)
	return d, hint == "" && d > 0
}
