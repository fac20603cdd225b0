package attempt

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"tocsin/notifier"
)

// longestWait bounds what a service may ask for: no header holds a page for
// more than an hour.
const longestWait = time.Hour

// Of returns the outcome that an HTTP status stands for: 2xx took it; 408, 425,
// 429 and 5xx may take it later; all others never will.
func Of(status int) notifier.Outcome {
	switch {
	case status >= 200 && status < 300:
		return notifier.Delivered
	case status >= 500, status == http.StatusTooManyRequests,
		status == http.StatusRequestTimeout, status == http.StatusTooEarly:
		return notifier.Refused
	}
	return notifier.Rejected
}

// Failed returns the outcome of an attempt that no answer came to.
func Failed(began bool) notifier.Outcome {
	if began {
		return notifier.Unknown
	}
	return notifier.Refused
}

// RetryAfter reads the header of that name: seconds, or a date, which is taken
// against the answer's own Date so that no clock of ours matters.
func RetryAfter(h http.Header) time.Duration {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if text == "" {
		return 0
	}
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		return bound(n)
	}
	until, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	from, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0
	}
	return bound(until.Sub(from).Seconds())
}

func bound(seconds float64) time.Duration {
	switch {
	case !(seconds > 0):
		return 0
	case seconds >= longestWait.Seconds():
		return longestWait
	}
	return time.Duration(seconds * float64(time.Second))
}

// Settle returns the settled attempt of a delivery, without an outcome yet.
func Settle(d notifier.Delivery) notifier.Settled {
	return notifier.Settled{ID: d.ID, Attempt: d.Attempt}
}
