package people_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tocsin/notifier"
	"tocsin/rules"
)

// Whatever is posted and deleted when: a silence that was answered for is there
// as it was asked for; what is over stays over; and what was replaced is over.
func TestSilencesProperty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := newDaemon()
		var ids []string
		over := map[string]bool{}
		for range rapid.IntRange(1, 12).Draw(rt, "acts") {
			d.now = d.now.Add(rapid.SampledFrom([]time.Duration{0, time.Second, time.Hour}).Draw(rt, "wait"))
			old := rapid.SampledFrom(append([]string{""}, ids...)).Draw(rt, "id")
			if old != "" && rapid.Bool().Draw(rt, "delete") {
				if status, answer := d.ask(t, http.MethodDelete, "/api/v2/silence/"+old, ""); status != 200 {
					rt.Fatalf("delete: %d %s", status, answer)
				}
				over[old] = true
			} else if id := postOne(t, rt, d, old); id != "" {
				if id != old && old != "" {
					over[old] = true
				}
				ids = append(ids, id)
			}
			for _, s := range d.silences {
				if s.State(d.at()) == rules.SilenceExpired {
					over[s.ID] = true
				} else if over[s.ID] {
					rt.Fatalf("silence %s is back", s.ID)
				}
			}
		}
	})
}

// postOne posts a silence, in place of an old one perhaps, and returns its id;
// empty if it was refused with good reason.
func postOne(t *testing.T, rt *rapid.T, d *daemon, old string) string {
	name := rapid.SampledFrom([]string{"Latency", "Errors"}).Draw(rt, "name")
	starts := d.now.Add(rapid.SampledFrom([]time.Duration{-time.Hour, 0, time.Hour}).Draw(rt, "starts"))
	ends := d.now.Add(rapid.SampledFrom([]time.Duration{-time.Minute, time.Minute, 3 * time.Hour}).Draw(rt, "ends"))
	body := fmt.Sprintf(`{"id":%q,"matchers":[{"name":"alertname","value":%q}],"startsAt":%q,"endsAt":%q,"createdBy":"ada","comment":"x"}`,
		old, name, starts.Format(time.RFC3339Nano), ends.Format(time.RFC3339Nano))
	status, answer := d.ask(t, http.MethodPost, "/api/v2/silences", body)
	if refuse := !ends.After(d.now) || !starts.Before(ends); refuse != (status == 400) {
		rt.Fatalf("%s: %d %s", body, status, answer)
	}
	if status != 200 {
		return ""
	}
	var made struct{ SilenceID string }
	if err := json.Unmarshal([]byte(answer), &made); err != nil {
		rt.Fatal(err)
	}
	i := slices.IndexFunc(d.silences, func(s notifier.SilenceStatus) bool { return s.ID == made.SilenceID })
	if i < 0 {
		rt.Fatalf("%s is not there", made.SilenceID)
	}
	s := d.silences[i]
	if !s.EndsAt.Time().Equal(ends) || s.Matchers[0].Value != name || s.State(d.at()) == rules.SilenceExpired {
		rt.Fatalf("asked for %s, made %+v", body, s)
	}
	if made.SilenceID != old && s.StartsAt < d.at() {
		rt.Fatalf("a new silence begins in the past: %+v", s)
	}
	return made.SilenceID
}

// No body makes the daemon stumble.
func FuzzPost(f *testing.F) {
	f.Add(posted("", 0, time.Hour))
	f.Add(`{"matchers":[{"name":"alertname","value":"Latency","isRegex":true,"isEqual":false}],"untilResolved":true}`)
	f.Add(`{"alerts":[{"fingerprint":"fa"}],"by":"ada","level":"error","for":"2h"}`)
	f.Add(`{"episode":"ea","by":"ada","until":"9999-12-31T23:59:59Z"}`)
	d := storm()
	f.Fuzz(func(t *testing.T, body string) {
		d.silences, d.acts = nil, nil
		for _, path := range []string{"/api/v2/silences", acks, "/api/tocsin/v1/silences/preview"} {
			status, answer := d.ask(t, http.MethodPost, path, body)
			if status >= 500 || !json.Valid([]byte(answer)) {
				t.Errorf("%s: %d %s", path, status, answer)
			}
		}
	})
}
