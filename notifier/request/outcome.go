package request

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"tocsin/notifier"
	"tocsin/notifier/attempt"
	"tocsin/notifier/message"
)

// An answer is what a service said.
type answer struct {
	status int
	header http.Header
	body   string // its beginning
}

// judge writes down what an answer means.
func (d Definition) judge(a answer, end *notifier.Settled) {
	end.Outcome = d.outcome(a)
	if end.Outcome == notifier.Delivered {
		return
	}
	end.RetryAfter = max(attempt.RetryAfter(a.header), d.wait(a.body))
	end.Error = strings.TrimSpace(fmt.Sprintf("answered %d %s", a.status, http.StatusText(a.status)))
	if text := message.Cut(message.Clean(a.body), 300); text != "" {
		end.Error += ": " + text
	}
}

func (d Definition) outcome(a answer) notifier.Outcome {
	o := attempt.Of(a.status)
	switch {
	case d.RefusedStatus != 0 && a.status == d.RefusedStatus:
		return notifier.Refused
	case o != notifier.Delivered:
		return o
	case d.Refused != "" && strings.Contains(a.body, d.Refused):
		return notifier.Refused
	case d.Rejected != "" && strings.Contains(a.body, d.Rejected):
		return notifier.Rejected
	}
	return o
}

// wait reads the seconds to wait from the body of an answer. They are bounded as
// those of the header are.
func (d Definition) wait(body string) time.Duration {
	if d.Seconds == "" {
		return 0
	}
	var at any
	if json.Unmarshal([]byte(body), &at) != nil {
		return 0
	}
	for name := range strings.SplitSeq(d.Seconds, ".") {
		inner, _ := at.(map[string]any)
		at = inner[name]
	}
	seconds, _ := at.(float64)
	return attempt.RetryAfter(http.Header{"Retry-After": {fmt.Sprint(seconds)}})
}
