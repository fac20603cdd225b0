package slack

import (
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"tocsin/notifier/message"
)

// A Kind is what somebody wants by pressing.
type Kind uint8

// The kinds of an action.
const (
	Acknowledge Kind = iota + 1 // the alerts of the episode are taken on
	Silence                     // they are to be kept from being told
)

// String returns the word for it.
func (k Kind) String() string {
	switch k {
	case Acknowledge:
		return "acknowledge"
	case Silence:
		return "silence"
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// An Action is one press on a message.
type Action struct {
	Kind Kind
	// Reference names what was pressed: the episode of a group as one integration
	// was told of it (see Reference). Episode is the first part of it.
	Reference string
	Episode   string
	For       time.Duration // of a silence; 0: until resolved
	UserID    string
	UserName  string
	Handle    string // of the message
}

// longestName bounds the name of a person.
const longestName = 80

// read makes an action of an interaction. It is false for one that is not ours.
func read(c slack.InteractionCallback) (Action, bool) {
	if c.Type != slack.InteractionTypeBlockActions || len(c.ActionCallback.BlockActions) == 0 {
		return Action{}, false
	}
	pressed := c.ActionCallback.BlockActions[0]
	a := Action{UserID: c.User.ID, UserName: named(c.User.Username, c.User.Name, c.User.ID)}
	if c.Container.ChannelID != "" && c.Container.MessageTs != "" {
		a.Handle = place{c.Container.ChannelID, string(c.Container.MessageTs)}.handle()
	}
	switch pressed.ActionID {
	case ackID:
		a.Kind, a.Reference = Acknowledge, pressed.Value
	case silenceID:
		text, ref, _ := strings.Cut(pressed.SelectedOption.Value, " ")
		d, err := time.ParseDuration(text)
		if err != nil || d < 0 {
			return Action{}, false
		}
		a.Kind, a.Reference, a.For = Silence, ref, d
	default:
		return Action{}, false
	}
	a.Episode, _, _ = strings.Cut(a.Reference, ":")
	return a, a.UserID != "" && references().MatchString(a.Reference)
}

// named returns the first name that says anything, as one short line.
func named(names ...string) string {
	for _, n := range names {
		if n = strings.TrimSpace(message.Clean(n)); n != "" {
			return message.Cut(n, longestName)
		}
	}
	return ""
}
