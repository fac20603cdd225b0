// Package chart draws the last hours of an alert's value against its
// thresholds: a PNG for mail and Slack, and the same in words.
//
//	Render(Data) -> PNG               pure: the same data give the same bytes
//	Charter.Chart(message) -> Data    asks the source, and keeps to its budget
//
// A chart is an extra. It never stops, delays for long or changes a notification:
// whatever goes wrong, there is none.
//
// The picture is drawn on a ground between light and dark, opaque, since nobody
// knows on what it will stand.
package chart
