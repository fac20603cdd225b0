package alertmanager

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/config"

	"tocsin/notifier"
	"tocsin/notifier/attempt"
	"tocsin/notifier/message"
	"tocsin/rules"
)

// Settings are those of one group of Alertmanagers.
type Settings struct {
	// URLs are the Alertmanagers of a cluster: each is told, and one that took all
	// is enough.
	URLs []string
	// Hold is for how long what fires is taken to fire without word of it.
	Hold     time.Duration
	Severity rules.SeverityLabels
	// Timeout is the deadline of one of them.
	Timeout    time.Duration
	HTTPConfig *config.HTTPClientConfig // nil: the defaults
}

// Hold is what Prometheus sets: four times the longer of the delay after which it
// repeats itself and the interval of the rules.
func Hold(resend, interval time.Duration) time.Duration { return 4 * max(resend, interval) }

// A Sender forwards deliveries.
type Sender struct {
	settings Settings
	maker    *message.Maker
	base     http.RoundTripper
}

// New returns a sender.
func New(s Settings, maker *message.Maker) (*Sender, error) {
	if len(s.URLs) == 0 {
		return nil, errors.New("alertmanager: no URL")
	}
	base, err := attempt.Transport(s.HTTPConfig, "alertmanager")
	if err != nil {
		return nil, fmt.Errorf("alertmanager: %w", err)
	}
	return &Sender{s, maker, base}, nil
}

// batch is as many alerts as Prometheus posts at once.
const batch = 256

// Send makes one attempt at each Alertmanager.
func (s *Sender) Send(ctx context.Context, d notifier.Delivery) notifier.Settled {
	end := attempt.Settle(d)
	m := s.maker.Make(ctx, d, 0)
	bodies, err := encode(Alerts(m, s.settings.Hold, s.settings.Severity))
	if err != nil {
		end.Outcome, end.Error = notifier.Rejected, "alertmanager: "+err.Error()
		return end
	}
	var all []notifier.Settled
	for _, u := range s.settings.URLs {
		all = append(all, s.tell(ctx, u, bodies, d))
	}
	join(&end, all)
	end.Error = m.Note(end.Error)
	return end
}

func encode(alerts []Alert) (bodies [][]byte, err error) {
	for part := range slices.Chunk(alerts, batch) {
		b, err := json.Marshal(part)
		if err != nil {
			return nil, err
		}
		bodies = append(bodies, b)
	}
	return bodies, nil
}

// join writes down how an attempt at several ended: as the best of them.
func join(end *notifier.Settled, all []notifier.Settled) {
	var errs []string
	for _, one := range all {
		if end.Outcome == 0 || rank(one.Outcome) < rank(end.Outcome) {
			end.Outcome, end.RetryAfter = one.Outcome, one.RetryAfter
		}
		if one.Error != "" {
			errs = append(errs, one.Error)
		}
	}
	end.Error = strings.Join(errs, "; ")
}

// rank orders outcomes: what was delivered, what may have been, what may be yet.
func rank(o notifier.Outcome) int {
	return slices.Index([]notifier.Outcome{notifier.Delivered, notifier.Unknown, notifier.Refused, notifier.Rejected}, o)
}

// tell posts all batches to one Alertmanager. Batches are posted again as a
// whole: to tell an alert twice is to tell it.
func (s *Sender) tell(ctx context.Context, base string, bodies [][]byte, d notifier.Delivery) notifier.Settled {
	ctx, cancel := context.WithTimeout(ctx, s.settings.Timeout)
	defer cancel()
	end := attempt.Settle(d)
	end.Outcome = notifier.Delivered
	for n, body := range bodies {
		if s.post(ctx, base, body, &end); end.Outcome == notifier.Delivered {
			continue
		}
		if n > 0 && end.Outcome == notifier.Refused {
			end.Outcome = notifier.Unknown
		}
		break
	}
	return end
}

func (s *Sender) post(ctx context.Context, base string, body []byte, end *notifier.Settled) {
	fail := func(o notifier.Outcome, format string, args ...any) {
		end.Outcome, end.Error = o, "alertmanager: "+fmt.Sprintf(format, args...)
	}
	address, err := attempt.Secret{Value: config.Secret(base)}.Address()
	if err != nil {
		fail(notifier.Rejected, "%v", err)
		return
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address+"/api/v2/alerts", bytes.NewReader(body))
	if err != nil {
		fail(notifier.Rejected, "%s", attempt.Cause(err, base))
		return
	}
	req.Header.Set("Content-Type", "application/json")
	wire := &attempt.Wire{Base: s.base}
	client := http.Client{Transport: wire, CheckRedirect: attempt.Redirects(s.settings.HTTPConfig)}
	resp, err := client.Do(req)
	if err != nil {
		fail(attempt.Failed(wire.Began()), "%s: %s", req.URL.Host, attempt.Cause(err, base))
		return
	}
	_ = resp.Body.Close()
	if o := attempt.Of(resp.StatusCode); o != notifier.Delivered {
		fail(o, "%s: answered %s %s", req.URL.Host, resp.Status, message.Cut(message.Clean(wire.Excerpt()), 300))
		end.RetryAfter = attempt.RetryAfter(resp.Header)
	}
}
