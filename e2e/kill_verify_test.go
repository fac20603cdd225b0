package e2e

import (
	"strings"
	"testing"
	"time"

	"tocsin/e2e/hook"
)

// TestViolationsAreSeen plants each fault that TestF04Kill9 looks for in a history
// that is otherwise sound. Times are in tenths of a second.
func TestViolationsAreSeen(t *testing.T) {
	sound := []planted{
		{at: 40, id: "a", level: "warn", episode: "e"},
		{at: 60, id: "b", level: "error", episode: "e"},
		{at: 110, id: "c", level: "resolved", episode: "e"},
	}
	truth := []planted{{at: 0, level: "resolved"}, {at: 8, level: "warn"}, {at: 58, level: "error"}, {at: 108, level: "resolved"}}
	cases := []struct {
		name   string
		posts  []planted
		deaths []death
		want   string // part of the one violation; empty for none
	}{
		{"a sound history is sound", sound, nil, ""},
		{
			"an id may come again after a kill that met it under way",
			[]planted{sound[0], {at: 45, id: "a", level: "warn", episode: "e"}, sound[1], sound[2]},
			[]death{{at: tenths(42), flights: []string{"a"}}},
			"",
		},
		{
			"a kill that did not meet it under way is no excuse",
			[]planted{sound[0], {at: 45, id: "a", level: "warn", episode: "e"}, sound[1], sound[2]},
			[]death{{at: tenths(42), flights: []string{"z"}}},
			"sent again",
		},
		{
			"a refused post comes again under its id",
			[]planted{{at: 38, id: "a", level: "warn", episode: "e", status: 503}, sound[0], sound[1], sound[2]},
			nil, "",
		},
		{
			"one id with two contents is wrong even if a kill met it",
			[]planted{sound[0], {at: 60, id: "a", level: "error", episode: "e"}, sound[2]},
			[]death{{at: tenths(42), flights: []string{"a"}}},
			"two contents",
		},
		{
			"the same news under a new id is a second notification, kill or not",
			[]planted{sound[0], {at: 55, id: "x", level: "warn", episode: "e"}, sound[1], sound[2]},
			[]death{{at: tenths(50), flights: []string{"a"}}},
			"no news",
		},
		{
			"a new episode of what never ended is a second notification",
			[]planted{sound[0], {at: 55, id: "x", level: "warn", episode: "f"}, sound[1], sound[2]},
			[]death{{at: tenths(50)}},
			"no news",
		},
		{
			"a kill before the flight was kept costs a second notification, even if the truth has just changed",
			[]planted{sound[0], sound[1], {at: 65, id: "x", level: "error", episode: "e"}, sound[2]},
			[]death{{at: tenths(62)}},
			"no news",
		},
		{
			"a message may be lost with a kill, if the next one tells the truth",
			[]planted{sound[0], sound[2]},
			[]death{{at: tenths(70), flights: []string{"b"}}},
			"",
		},
		{
			"what nobody was told of is not resolved",
			[]planted{sound[2]},
			nil, "no news",
		},
		{"a post bears an id", []planted{{at: 40, level: "warn", episode: "e"}, sound[1], sound[2]}, nil, "without an id"},
	}
	for _, c := range cases {
		got := newHistory(truth, c.posts, c.deaths).violations()
		switch {
		case c.want == "" && len(got) > 0:
			t.Errorf("%s: %q", c.name, got)
		case c.want != "" && (len(got) != 1 || !strings.Contains(got[0], c.want)):
			t.Errorf("%s: got %q, want one with %q", c.name, got, c.want)
		}
	}
}

// planted is a post about series 2, or a turn of it.
type planted struct {
	at                 int
	id, level, episode string
	status             int // 0: taken
}

func tenths(n int) time.Time {
	return time.Unix(1700000000, 0).Add(time.Duration(n) * 100 * time.Millisecond)
}

func newHistory(turns, posts []planted, deaths []death) history {
	h := history{truth: newTruth(), deaths: deaths}
	levels := map[string]int{"resolved": isOK, "warn": isWarn, "error": isError}
	for _, turn := range turns {
		h.truth.set(2, levels[turn.level], tenths(turn.at))
	}
	for _, p := range posts {
		h.posts = append(h.posts, p.post())
	}
	return h
}

func (p planted) post() hook.Post {
	alert := hook.Alert{Labels: map[string]string{"i": "2"}, Status: "firing", Level: p.level, Episode: p.episode}
	if p.level == "resolved" {
		alert.Status = p.level
	}
	if p.status == 0 {
		p.status = 200
	}
	at := tenths(p.at)
	return hook.Post{ID: p.id, At: at, Answered: at, Status: p.status, Message: hook.Message{Alerts: []hook.Alert{alert}}}
}
