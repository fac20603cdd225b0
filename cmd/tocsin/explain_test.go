package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"tocsin/history"
)

// A running daemon explains itself, now and as of a time before.
func TestExplain(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "tocsin.yaml", smallConfig)
	write(t, "rules.yaml", smallRules)
	d, stop, _ := started(t)
	defer stop()
	<-d.driver.Load().Started()
	at := "--url=http://" + d.address()
	for _, c := range []struct {
		args []string
		code int
		want string // in what is printed
	}{
		{[]string{"Down", at}, exitOK, "Down: nothing fires"},
		{[]string{"Up", at}, exitBad, `nothing is known of "Up"`},
		{[]string{"Down", at, "--at=1s"}, exitOK, "from the history alone"},
		{[]string{"{", at}, exitUsage, "there are none"},
		{[]string{"Down", at, "--at=noon"}, exitUsage, `"noon" is no time`},
		{[]string{"Down", "--url=localhost"}, exitUsage, "--url is not an absolute"},
		{[]string{"Down", at, "--at=2999-01-01T00:00:00Z"}, exitBad, "yet to come"},
		{[]string{"Down", at + "/nowhere"}, exitBad, "says 404"},
		{[]string{"Down", "--url=http://me:secret@127.0.0.1:1"}, exitIncomplete, "no answer from http://127.0.0.1:1: dial tcp"},
	} {
		code, out, stderr := on(t, nil, append([]string{"explain"}, c.args...)...)
		text := out + stderr
		if code != c.code || !strings.Contains(text, c.want) || strings.Contains(text, "secret") {
			t.Errorf("%s: code %d, %s%s", c.args, code, out, stderr)
		}
	}
	env := map[string]string{"TOCSIN_URL": "http://" + d.address()}
	if code, out, stderr := on(t, env, "explain", "Down"); code != exitOK || !strings.Contains(out, "Down: nothing fires") {
		t.Errorf("with TOCSIN_URL: code %d, %s%s", code, out, stderr)
	}
	_, out, _ := on(t, nil, "explain", "Down", at, "--output=json")
	var e history.Explanation
	if err := json.Unmarshal([]byte(out), &e); err != nil || len(e.Rules) != 1 || e.Rules[0].Key != "a/Down" {
		t.Errorf("%v: %s", err, out)
	}
}

func TestMoment(t *testing.T) {
	now := time.Date(2026, 11, 22, 14, 5, 0, 0, time.UTC)
	for _, c := range []struct{ text, want string }{
		{"2026-11-21T03:00:00+01:00", "2026-11-21T02:00:00Z"},
		{"14:04", "2026-11-22T14:04:00Z"},
		{"03:00:07", "2026-11-22T03:00:07Z"},
		{"14:06", "2026-11-21T14:06:00Z"}, // it has not been today
		{"2h", "2026-11-22T12:05:00Z"},
		{"1d", "2026-11-21T14:05:00Z"},
	} {
		got, err := moment(c.text, now)
		if err != nil || got.UTC().Format(time.RFC3339) != c.want {
			t.Errorf("%s: %s %v", c.text, got, err)
		}
	}
}
