package slack

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/prometheus/common/config"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"tocsin/notifier/attempt"
)

// Bounds of listening.
const (
	openTimeout  = 30 * time.Second // of one request
	firstPause   = time.Second
	longestPause = time.Minute
	steady       = 10 * time.Second // a connection that lasted so long is replaced at once
	mostPresses  = 64               // that wait to be acted on
	actTimeout   = 10 * time.Second
	frame        = 32 << 10 // Slack puts no message together from several frames
)

// An Act carries an action out and says in a line what came of it: "acknowledged
// by ada: 3 alerts". An error is told to who pressed, so it holds no secret.
type Act func(ctx context.Context, a Action) (text string, err error)

// A Listener hears over Socket Mode who presses the buttons of one app's
// messages. It needs no address that Slack could reach: it connects to Slack.
type Listener struct {
	settings Settings
	act      Act
	log      *slog.Logger
	base     http.RoundTripper
	dialer   *websocket.Dialer
	first    time.Duration // of the pauses between attempts to connect
	people   people
}

// Listeners returns one for each app-level token among the settings of senders:
// an app that posts to many channels has one connection.
func Listeners(all []Settings, act Act, log *slog.Logger) ([]*Listener, error) {
	var out []*Listener
	seen := map[attempt.Secret]bool{}
	for _, s := range all {
		if !s.AppToken.Set() || seen[s.AppToken] {
			continue
		}
		seen[s.AppToken] = true
		l, err := NewListener(s, act, log)
		if err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, nil
}

// NewListener returns a listener with the tokens of a sender's settings. Without
// a log it keeps its troubles to itself.
func NewListener(s Settings, act Act, log *slog.Logger) (*Listener, error) {
	if !s.AppToken.Set() {
		return nil, errors.New("slack: no app-level token to listen with")
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	base, err := attempt.Transport(s.HTTPConfig, "slack")
	if err != nil {
		return nil, fmt.Errorf("slack: %w", err)
	}
	dialer, err := dial(s.HTTPConfig)
	if err != nil {
		return nil, fmt.Errorf("slack: %w", err)
	}
	s.APIURL = apiURL(s.APIURL)
	return &Listener{settings: s, act: act, log: log, base: base, dialer: dialer, first: firstPause}, nil
}

// dial returns what connects as the HTTP configuration says.
func dial(cfg *config.HTTPClientConfig) (*websocket.Dialer, error) {
	d := &websocket.Dialer{Proxy: http.ProxyFromEnvironment, HandshakeTimeout: openTimeout, WriteBufferSize: frame}
	if cfg == nil {
		return d, nil
	}
	tls, err := config.NewTLSConfig(&cfg.TLSConfig)
	if err != nil {
		return nil, fmt.Errorf("TLS: %w", err)
	}
	d.TLSClientConfig = tls
	if proxy := cfg.Proxy(); proxy != nil {
		d.Proxy = proxy
	}
	return d, nil
}

// Run listens until the context ends, and connects anew whenever it must. Only
// then it returns, with all that it started ended.
func (l *Listener) Run(ctx context.Context) {
	presses := make(chan press, mostPresses)
	var wait sync.WaitGroup
	defer wait.Wait()
	wait.Go(func() { l.listen(ctx, presses) })
	for {
		select {
		case p := <-presses:
			l.answer(ctx, p)
		case <-ctx.Done():
			return
		}
	}
}

// listen keeps a connection.
func (l *Listener) listen(ctx context.Context, presses chan<- press) {
	pause := l.first
	for ctx.Err() == nil {
		began := time.Now()
		err := l.session(ctx, presses)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) >= steady && err == nil {
			pause = l.first
			continue
		}
		l.log.WarnContext(ctx, "slack buttons are not heard", "error", l.redact(err), "again_in", pause)
		if !rest(ctx, pause) {
			return
		}
		pause = min(2*pause, longestPause)
	}
}

// rest waits; it is false when the context ends first.
func rest(ctx context.Context, pause time.Duration) bool {
	t := time.NewTimer(pause)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// session is one connection from its opening to its end. The tokens are read
// anew for each.
func (l *Listener) session(ctx context.Context, presses chan<- press) error {
	app, err := l.settings.AppToken.Read()
	if err != nil {
		return err
	}
	bot, err := l.settings.Token.Read()
	if err != nil {
		return err
	}
	api := slack.New(bot, slack.OptionAppLevelToken(app), slack.OptionAPIURL(l.settings.APIURL), slack.OptionHTTPClient(l.client()))
	c := socketmode.New(api, socketmode.OptionDialer(l.dialer))
	ctx, cancel := context.WithCancel(ctx)
	var ended error
	var wait sync.WaitGroup
	wait.Go(func() {
		defer cancel()
		ended = c.RunContext(ctx)
	})
	err = l.hear(ctx, c, presses)
	cancel()
	wait.Wait()
	if err == nil && !errors.Is(ended, context.Canceled) {
		err = ended
	}
	return err
}

// client is for requests beside deliveries.
func (l *Listener) client() *http.Client {
	c := client(l.base)
	c.Timeout = openTimeout
	return c
}

// hear takes events until the connection ends: slack-go would connect anew by
// itself, without a pause where it could and with a long one where it couldn't.
func (l *Listener) hear(ctx context.Context, c *socketmode.Client, presses chan<- press) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case e := <-c.Events:
			if done, err := l.event(ctx, c, e, presses); done {
				return err
			}
		}
	}
}

func (l *Listener) event(ctx context.Context, c *socketmode.Client, e socketmode.Event, presses chan<- press) (done bool, err error) {
	switch e.Type { // all others say nothing that matters
	case socketmode.EventTypeConnecting:
		if info, ok := e.Data.(*slack.ConnectingEvent); ok && info.ConnectionCount > 0 {
			return true, nil
		}
	case socketmode.EventTypeConnectionError:
		if info, ok := e.Data.(*slack.ConnectionErrorEvent); ok {
			return true, info.ErrorObj
		}
	case socketmode.EventTypeHello:
		l.log.InfoContext(ctx, "slack buttons are heard")
	case socketmode.EventTypeInteractive, socketmode.EventTypeEventsAPI, socketmode.EventTypeSlashCommand:
		l.take(ctx, c, e, presses)
	}
	return false, nil
}

// take acknowledges an envelope at once, before anything is done about it. What
// there is no room for is not acknowledged: Slack tells who pressed.
func (l *Listener) take(ctx context.Context, c *socketmode.Client, e socketmode.Event, presses chan<- press) {
	if e.Request == nil {
		return
	}
	if callback, ok := e.Data.(slack.InteractionCallback); ok {
		if a, ours := read(callback); ours {
			select {
			case presses <- press{a, callback.ResponseURL, &c.Client}:
			default:
				l.log.WarnContext(ctx, "slack buttons are pressed too often")
				return
			}
		}
	}
	if err := c.AckCtx(ctx, e.Request.EnvelopeID, nil); err != nil {
		l.log.WarnContext(ctx, "slack press not acknowledged", "error", l.redact(err))
	}
}

// redact is an error without the tokens.
func (l *Listener) redact(err error) string {
	if err == nil {
		return "the connection ended"
	}
	app, _ := l.settings.AppToken.Read()
	bot, _ := l.settings.Token.Read()
	return attempt.Cause(err, app, bot)
}

// apiURL is the base of the API, with a slash at its end.
func apiURL(s string) string {
	if s == "" {
		s = slack.APIURL
	}
	return strings.TrimSuffix(s, "/") + "/"
}
