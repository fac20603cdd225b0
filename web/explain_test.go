package web_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"tocsin/web"
)

func TestExplain(t *testing.T) {
	for _, c := range []struct {
		sentence, query string
		err             error
		status          int
		says            string
	}{
		{"without a time it is about now", "?alert=Latency", nil, 200, `{"alert":"Latency","at":""}`},
		{"a time may be RFC 3339", "?alert=A&at=2026-11-22T14:05:00%2B02:00", nil, 200, `{"alert":"A","at":"2026-11-22T12:05:00Z"}`},
		{"or seconds", "?alert=A&at=1795356300.5", nil, 200, `{"alert":"A","at":"2026-11-22T14:05:00.5Z"}`},
		{"what is no time is refused", "?alert=A&at=noon", nil, 400, `"detail":"at: \"noon\" is no time`},
		{"nor is not a number", "?alert=A&at=NaN", nil, 400, "is no time"},
		{"a bad question is the asker's fault", "?alert={", fmt.Errorf("%w: matchers", web.ErrBadQuestion), 400, `"detail":"bad question: matchers"`},
		{"all else is ours", "?alert=A", errors.New("the core does not answer"), 503, `"detail":"the core does not answer"`},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			d := newDaemon()
			d.Explain = func(_ context.Context, alert string, at time.Time) (any, error) {
				answer := map[string]string{"alert": alert, "at": ""}
				if !at.IsZero() {
					answer["at"] = at.UTC().Format(time.RFC3339Nano)
				}
				return answer, c.err
			}
			got := d.ask(t, http.MethodGet, "/api/tocsin/v1/explain"+c.query)
			if got.status != c.status || !strings.Contains(got.body, c.says) {
				t.Errorf("status %d, %s", got.status, got.body)
			}
			if problem := got.header.Get("Content-Type") == "application/problem+json"; problem != (c.status != 200) {
				t.Errorf("type %q", got.header.Get("Content-Type"))
			}
		})
	}
	if got := newDaemon().ask(t, http.MethodGet, "/api/tocsin/v1/explain?alert=A"); got.status != 404 {
		t.Errorf("without anybody who explains: %d", got.status)
	}
}
