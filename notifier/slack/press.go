package slack

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/slack-go/slack"

	"tocsin/notifier/attempt"
	"tocsin/notifier/message"
)

// A press is an action, where to say what came of it, and with what to ask who
// it was.
type press struct {
	action  Action
	address string
	api     *slack.Client
}

// answer carries an action out and tells who pressed what came of it, and nobody
// else: everybody sees it on the message.
func (l *Listener) answer(ctx context.Context, p press) {
	ctx, cancel := context.WithTimeout(ctx, actTimeout)
	defer cancel()
	p.action.UserName = l.people.name(ctx, p.api, p.action)
	text, err := l.act(ctx, p.action)
	if err != nil {
		text = fmt.Sprintf("not done (%s): %v", p.action.Kind, err)
		l.log.WarnContext(ctx, "slack press failed", "kind", p.action.Kind.String(), "by", p.action.UserName, "error", err)
	}
	if p.address == "" || text == "" {
		return
	}
	body := slack.WebhookMessage{Text: Escape(message.Cut(message.Clean(text), 500)), ResponseType: slack.ResponseTypeEphemeral}
	if err := slack.PostWebhookCustomHTTPContext(ctx, p.address, l.client(), &body); err != nil {
		l.log.WarnContext(ctx, "slack press not answered", "error", attempt.Cause(err, p.address))
	}
}

// mostPeople bounds the names that are remembered.
const mostPeople = 1000

// people are the names of those who pressed, by id.
type people struct {
	mu     sync.Mutex
	names  map[string]string
	denied bool // the token may not ask
}

// name returns what people call somebody, or what the press said if Slack does not
// tell.
func (p *people) name(ctx context.Context, api *slack.Client, a Action) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if name := p.names[a.UserID]; name != "" || p.denied || api == nil {
		return named(name, a.UserName)
	}
	u, err := api.GetUserInfoContext(ctx, a.UserID)
	if err != nil {
		var said slack.SlackErrorResponse
		p.denied = errors.As(err, &said) && said.Err == "missing_scope"
		return a.UserName
	}
	if p.names == nil || len(p.names) >= mostPeople {
		p.names = map[string]string{}
	}
	p.names[a.UserID] = named(u.Profile.DisplayName, u.RealName, a.UserName)
	return p.names[a.UserID]
}
