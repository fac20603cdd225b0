package promapi

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"tocsin/engine"
	"tocsin/evaluator"
)

// rangeOf is the answer to a range query with one series.
func rangeOf(name string) string {
	return `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"from":"` + name + `"},"values":[[1700000000,"1"],[1700000060,"2"]]}]}}`
}

// A range goes the way of any question: past a server that fails, within a size
// and a time, and with no secret in an error.
func TestRangeIsAskedAsAnyQuestion(t *testing.T) {
	good := serve(t, says(200, rangeOf("b")))
	for _, c := range []struct {
		says    string
		options Options
		within  time.Duration
		want    evaluator.Outcome
		text    string
		series  string
	}{
		{"the first server is down", Options{URLs: []string{serve(t, says(502, "")), good}}, time.Minute, evaluator.Good, "", `{"from":"b"}`},
		{"the answer is too large", Options{URLs: []string{good}, MaxBytes: 50}, time.Minute, evaluator.Unavailable, "50", ""},
		{"the source hangs", Options{URLs: []string{serve(t, hang)}}, 50 * time.Millisecond, evaluator.Unavailable, "no answer in time", ""},
		{"a server that tells what it was sent", Options{URLs: []string{serve(t, echo) + "?token=" + url.QueryEscape(hidden)}}, time.Minute, evaluator.Unavailable, "<secret>", ""},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), c.within)
		m, err := source(t, c.options).Range(ctx, engine.RangeAsk{Expr: "up", Step: time.Minute})
		cancel()
		got, text := evaluator.Good, ""
		if failed, ok := errors.AsType[*engine.RangeError](err); ok {
			got, text = failed.Outcome, failed.Text
		}
		if got != c.want || !strings.Contains(text, c.text) || strings.Contains(text, hidden) {
			t.Errorf("%s: %v %q", c.says, got, text)
		}
		if c.series != "" && (len(m.Series) != 1 || m.Series[0].Raw != c.series || len(m.Series[0].Values) != 2) {
			t.Errorf("%s: %+v", c.says, m.Series)
		}
	}
}
