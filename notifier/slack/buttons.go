package slack

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"

	"github.com/slack-go/slack"

	"tocsin/notifier"
	"tocsin/notifier/message"
	"tocsin/rules"
)

// Names of what can be pressed.
const (
	ackID     = "tocsin_acknowledge"
	silenceID = "tocsin_silence"
)

// How the reasons begin that take a button away.
const (
	heldByAck     = "acknowledged by "
	heldBySilence = "silenced by "
)

// silences are the times that the menu offers, in its order.
func silences() [][2]string {
	return [][2]string{{"1h", "for 1 hour"}, {"4h", "for 4 hours"}, {"0", "until resolved"}}
}

// Reference names an episode of a group as one integration was told of it. It is
// what a button carries: who holds it can look nothing up and forge nothing that
// matters, for Slack says who pressed it.
func Reference(episode, integration string) string {
	sum := sha256.Sum256([]byte(integration))
	return episode + ":" + hex.EncodeToString(sum[:4])
}

func references() *regexp.Regexp { return regexp.MustCompile(`^[0-9A-Za-z_-]{1,100}:[0-9a-f]{8}$`) }

// heldBy says once what holds all that fires. Who has acknowledged it all stands
// in the place of that button.
func heldBy(m *message.Message) []slack.Block {
	sign := "🔕 "
	switch {
	case m.AllHeld(heldByAck):
		sign = "✅ "
	case len(m.Held) != 1:
		return nil
	}
	return []slack.Block{slack.NewContextBlock("", mrkdwn(sign+inert(strings.Join(m.Held, ", "), 300)))}
}

// buttons are the actions on a message: ours, and links behind them.
func buttons(s Settings, m *message.Message, links []slack.BlockElement) []slack.Block {
	row := actions(s, m)
	row = append(row, links[:min(len(links), mostButtons-len(row))]...)
	if len(row) == 0 {
		return nil
	}
	return []slack.Block{slack.NewActionBlock("", row...)}
}

// actions are those of ours, on a message whose alerts fire.
func actions(s Settings, m *message.Message) (row []slack.BlockElement) {
	ref := Reference(m.Group.Episode, m.Integration)
	if !s.AppToken.Set() || !s.Token.Set() || m.Level == rules.OK || m.Reason == notifier.ReasonDigest || !references().MatchString(ref) {
		return nil
	}
	if !m.AllHeld(heldByAck) {
		row = append(row, slack.NewButtonBlockElement(ackID, ref, label("Acknowledge")))
	}
	if !m.AllHeld(heldBySilence) {
		row = append(row, menu(ref))
	}
	return row
}

func menu(ref string) *slack.SelectBlockElement {
	var options []*slack.OptionBlockObject
	for _, o := range silences() {
		options = append(options, slack.NewOptionBlockObject(o[0]+" "+ref, label(o[1]), nil))
	}
	return slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, label("Silence …"), silenceID, options...)
}

func label(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.PlainTextType, s, false, false)
}
