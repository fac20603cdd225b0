package main

import (
	"tocsin/notifier/attempt"
	"tocsin/notifier/slack"
	"tocsin/rules/file"
)

func slackSettings(c file.SlackConfig, secret func(file.Secret) attempt.Secret) slack.Settings {
	return slack.Settings{
		WebhookURL: secret(c.WebhookURL), Token: secret(c.Token), AppToken: secret(c.AppLevelToken),
		APIURL: c.APIURL, Channel: c.Channel,
		Title: c.Title, Text: c.Text, Username: c.Username, IconEmoji: c.IconEmoji, IconURL: c.IconURL,
		Parts:      slackParts(c.Parts),
		HTTPConfig: c.HTTP,
	}
}

func slackParts(p file.SlackParts) slack.Parts {
	out := slack.Parts{
		Color: p.Color, TitleLink: p.TitleLink, Pretext: p.Pretext, MessageText: p.MessageText, Fallback: p.Fallback,
		Footer: p.Footer, ImageURL: p.ImageURL, ThumbURL: p.ThumbURL,
	}
	for _, f := range p.Fields {
		out.Fields = append(out.Fields, slack.Field(f))
	}
	for _, a := range p.Actions {
		out.Buttons = append(out.Buttons, slack.Button(a))
	}
	return out
}
