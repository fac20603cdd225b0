package webhook

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/prometheus/common/config"

	"tocsin/notifier"
	"tocsin/notifier/attempt"
	"tocsin/notifier/message"
)

// Settings are those of one webhook.
type Settings struct {
	URL        attempt.Secret
	HTTPConfig *config.HTTPClientConfig // nil: the defaults
	Secret     attempt.Secret           // signs the body; empty: no signature
	MaxAlerts  int                      // 0: all
	Payload    any                      // the body in place of ours; see Payload
}

// A Sender posts deliveries to one webhook.
type Sender struct {
	settings Settings
	maker    *message.Maker
	base     http.RoundTripper
	now      func() time.Time
	page     int
}

// New returns a sender.
func New(s Settings, maker *message.Maker) (*Sender, error) {
	base, err := attempt.Transport(s.HTTPConfig, "webhook")
	if err != nil {
		return nil, fmt.Errorf("webhook: %w", err)
	}
	return &Sender{settings: s, maker: maker, base: base, now: time.Now, page: page}, nil
}

// Send makes one attempt.
func (s *Sender) Send(ctx context.Context, d notifier.Delivery) notifier.Settled {
	end := attempt.Settle(d)
	body, m, err := s.body(ctx, d)
	if err != nil {
		end.Outcome, end.Error = notifier.Rejected, "webhook: "+err.Error()
		return end
	}
	s.post(ctx, d, body, &end)
	end.Error = m.Note(end.Error)
	return end
}

// post sends the body and writes down how it ended.
func (s *Sender) post(ctx context.Context, d notifier.Delivery, body parts, end *notifier.Settled) {
	address, err := s.settings.URL.Address()
	if err != nil {
		end.Outcome, end.Error = notifier.Refused, "webhook URL: "+err.Error()
		return
	}
	req, secret, err := s.request(ctx, address, d, body)
	if err != nil {
		end.Outcome, end.Error = notifier.Refused, "webhook: "+attempt.Cause(err, address)
		return
	}
	wire := &attempt.Wire{Base: s.base}
	client := http.Client{Transport: wire, CheckRedirect: attempt.Redirects(s.settings.HTTPConfig)}
	resp, err := client.Do(req)
	if err != nil {
		end.Outcome, end.Error = attempt.Failed(wire.Began()), "webhook: "+attempt.Cause(err, address, secret)
		return
	}
	_ = resp.Body.Close()
	if end.Outcome = attempt.Of(resp.StatusCode); end.Outcome == notifier.Delivered {
		return
	}
	end.RetryAfter = attempt.RetryAfter(resp.Header)
	end.Error = "webhook: answered " + resp.Status
	if excerpt := message.Cut(message.Clean(wire.Excerpt()), 200); excerpt != "" {
		end.Error += ": " + attempt.Redact(excerpt, address, secret)
	}
}

func (s *Sender) request(ctx context.Context, address string, d notifier.Delivery, body parts) (*http.Request, string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, body.reader())
	if err != nil {
		return nil, "", err
	}
	req.ContentLength = body.size()
	req.GetBody = func() (io.ReadCloser, error) { return body.reader(), nil } // for redirects
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", d.ID)
	if !s.settings.Secret.Set() {
		return req, "", nil
	}
	secret, err := s.settings.Secret.Read()
	if err != nil {
		return nil, "", err
	}
	req.Header.Set(SignatureHeader, sign(secret, body, s.now()))
	return req, secret, nil
}
