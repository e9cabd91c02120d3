"""What mail servers send back, in the shapes of those that residents use. Names, numbers and words are invented."""

from __future__ import annotations

from base64 import encodebytes

LETTER = b"""\
Return-Path: <%(path)s>
From: "Westmark OCS" <trial@example.org>
To: ada@mail.example.org
Subject: Alert a
Message-ID: <1.abc@westmark.example.org>

Lock your back door. The user unknown to you does not exist: 550 5.1.1.
"""


def _mail(head: str, body: str, path: str) -> bytes:
    letter = LETTER.decode().replace("%(path)s", path)
    text = f"{head.strip()}\n\n{body.strip()}\n".replace("{path}", path).replace("{letter}", letter)
    return text.replace("\n", "\r\n").encode()


def postfix(path: str, status: str = "5.1.1", action: str = "failed", words: str = "User unknown", n: int = 1) -> bytes:
    """A report in the shape of Postfix's bounce(8)."""
    return _mail(
        f"""\
Return-Path: <>
Delivered-To: {{path}}
Date: Mon, 23 Nov 2026 12:00:05 +0000 (GMT)
From: MAILER-DAEMON@mx.example.org (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: {{path}}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="5A1B2C3D4E.1795435205/mx.example.org"
Content-Transfer-Encoding: 8bit
Message-Id: <20261123120005.5A1B2C{n}@mx.example.org>
""",
        f"""\
This is a MIME-encapsulated message.

--5A1B2C3D4E.1795435205/mx.example.org
Content-Description: Notification
Content-Type: text/plain; charset=utf-8

This is the mail system at host mx.example.org.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

<ada@mail.example.org>: host mail.example.org[192.0.2.25] said: 550 {status} {words}

--5A1B2C3D4E.1795435205/mx.example.org
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org
X-Postfix-Queue-ID: 5A1B2C3D4E
X-Postfix-Sender: rfc822; {{path}}
Arrival-Date: Mon, 23 Nov 2026 12:00:04 +0000 (GMT)

Final-Recipient: rfc822; ada@mail.example.org
Original-Recipient: rfc822;ada@mail.example.org
Action: {action}
Status: {status}
Remote-MTA: dns; mail.example.org
Diagnostic-Code: smtp; {"5" if status.startswith("5") else "4"}50 {status} <ada@mail.example.org>:
    Recipient address rejected: {words}

--5A1B2C3D4E.1795435205/mx.example.org
Content-Description: Undelivered Message
Content-Type: message/rfc822

{{letter}}
--5A1B2C3D4E.1795435205/mx.example.org--
""",
        path,
    )


def exim(path: str) -> bytes:
    """Exim says 5.0.0 of everything; what the other server said stands behind it."""
    return _mail(
        """\
Return-path: <>
Envelope-to: {path}
Received: from Debian-exim by mx.example.org with local (Exim 4.97) id 1tEabc-0001XY-2Z
X-Failed-Recipients: ada@mail.example.org
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mx.example.org>
To: {path}
References: <1.abc@westmark.example.org>
Content-Type: multipart/report; report-type=delivery-status; boundary=1795435205-eximdsn-424242
MIME-Version: 1.0
Subject: Mail delivery failed: returning message to sender
Message-Id: <E1tEabc-0001XY-2Z@mx.example.org>
""",
        """\
--1795435205-eximdsn-424242
Content-type: text/plain; charset=us-ascii

This message was created automatically by mail delivery software.

  ada@mail.example.org
    host mail.example.org [192.0.2.25]
    SMTP error from remote mail server after RCPT TO:<ada@mail.example.org>:
    550 5.1.1 No such user here

--1795435205-eximdsn-424242
Content-type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Action: failed
Final-Recipient: rfc822;ada@mail.example.org
Status: 5.0.0
Remote-MTA: dns; mail.example.org
Diagnostic-Code: smtp; 550 5.1.1 No such user here

--1795435205-eximdsn-424242
Content-type: message/rfc822

{letter}
--1795435205-eximdsn-424242--
""",
        path,
    )


def exim_old(path: str) -> bytes:
    """Exim before it wrote reports: words alone."""
    return _mail(
        """\
Return-path: <>
X-Failed-Recipients: ada@mail.example.org
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mx.example.org>
To: {path}
Subject: Mail delivery failed: returning message to sender
Message-Id: <E1tEold-0001XY-2Z@mx.example.org>
""",
        """\
This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  ada@mail.example.org
    all relevant MX records point to host mail.example.org: Unknown user

------ This is a copy of the message, including all the headers. ------

{letter}
""",
        path,
    )


def exchange(path: str, status: str = "5.1.10", words: str = "RESOLVER.ADR.RecipientNotFound") -> bytes:
    """Exchange Online: an HTML page first, and one report inside another multipart."""
    return _mail(
        """\
From: Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@mail.example.org>
To: {path}
Date: Mon, 23 Nov 2026 12:00:09 +0000
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="c0ffee00-1234-4321-aaaa-0123456789ab"
Content-Language: en-GB
Message-ID: <c0ffee00-1234@AB1PR01MB0001.example.org>
Subject: Undeliverable: Alert a
Auto-Submitted: auto-replied
X-MS-Exchange-Message-Is-Ndr:
MIME-Version: 1.0
""",
        f"""\
--c0ffee00-1234-4321-aaaa-0123456789ab
Content-Type: multipart/alternative; differences=Content-Type;
\tboundary="inner-0123"

--inner-0123
Content-Type: text/plain; charset="us-ascii"
Content-Transfer-Encoding: quoted-printable

Your message to ada@mail.example.org couldn't be delivered.=0A

--inner-0123
Content-Type: text/html; charset="us-ascii"

<html><body><p>Your message couldn't be delivered.</p></body></html>
--inner-0123--

--c0ffee00-1234-4321-aaaa-0123456789ab
Content-Type: message/delivery-status

Reporting-MTA: dns;AB1PR01MB0001.example.org
Received-From-MTA: dns;mx.example.org
Arrival-Date: Mon, 23 Nov 2026 12:00:08 +0000

Original-Recipient: rfc822;ada@mail.example.org
Final-Recipient: rfc822;ada@mail.example.org
Action: failed
Status: {status}
Diagnostic-Code: smtp;550 {status} {words}; Recipient not found by SMTP address lookup
X-Display-Name: Ada

--c0ffee00-1234-4321-aaaa-0123456789ab
Content-Type: message/rfc822

{{letter}}
--c0ffee00-1234-4321-aaaa-0123456789ab--
""",
        path,
    )


def gmail(path: str) -> bytes:
    """A large webmail provider: the report after a multipart/related with a picture."""
    return _mail(
        """\
Return-Path: <>
From: Mail Delivery Subsystem <mailer-daemon@webmail.example.org>
To: {path}
Auto-Submitted: auto-replied
Subject: Delivery Status Notification (Failure)
References: <1.abc@westmark.example.org>
In-Reply-To: <1.abc@westmark.example.org>
X-Failed-Recipients: ada@mail.example.org
Message-ID: <65f0a1b2.050a0220.abcde.GMR@webmail.example.org>
Content-Type: multipart/report; boundary="000000000000abcdef0123456789"; report-type=delivery-status
""",
        """\
--000000000000abcdef0123456789
Content-Type: multipart/related; boundary="000000000000aaaa"

--000000000000aaaa
Content-Type: multipart/alternative; boundary="000000000000bbbb"

--000000000000bbbb
Content-Type: text/plain; charset="UTF-8"

** Address not found **

--000000000000bbbb
Content-Type: text/html; charset="UTF-8"

<p>Address not found</p>

--000000000000bbbb--
--000000000000aaaa
Content-Type: image/png; name="icon.png"
Content-Transfer-Encoding: base64

iVBORw0KGgo=
--000000000000aaaa--
--000000000000abcdef0123456789
Content-Type: message/delivery-status

Reporting-MTA: dns; webmail.example.org
Arrival-Date: Mon, 23 Nov 2026 04:00:04 -0800 (PST)
X-Original-Message-ID: <1.abc@westmark.example.org>

Final-Recipient: rfc822; ada@mail.example.org
Action: failed
Status: 5.1.1
Remote-MTA: dns; mail-in.webmail.example.org. (192.0.2.26, the server for the domain mail.example.org.)
Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist. Please try
 550-5.1.1 double-checking the recipient's email address for typos or
 550 5.1.1 unnecessary spaces. ab12-20020a05600c - gsmtp
Last-Attempt-Date: Mon, 23 Nov 2026 04:00:05 -0800 (PST)

--000000000000abcdef0123456789
Content-Type: message/rfc822

{letter}
--000000000000abcdef0123456789--
""",
        path,
    )


def qmail(path: str, words: str = "Remote host said: 550 5.1.1 User unknown") -> bytes:
    """No MIME, no Message-ID, words of its own (QSBMF)."""
    return _mail(
        """\
Return-Path: <>
Received: (qmail 12345 invoked for bounce); 23 Nov 2026 12:00:05 -0000
Date: 23 Nov 2026 12:00:05 -0000
From: MAILER-DAEMON@mx.example.org
To: {path}
Subject: failure notice
""",
        f"""\
Hi. This is the qmail-send program at mx.example.org.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<ada@mail.example.org>:
192.0.2.25 does not like recipient.
{words}
Giving up on 192.0.2.25.

--- Below this line is a copy of the message.

{{letter}}
""",
        path,
    )


def ironport(path: str) -> bytes:
    """A gateway that says 5.1.0 of everything, also where the other side said that we are on a list."""
    return postfix(path, "5.1.0", words="5.1.0 - Unknown address error 554-'5.7.1 Service unavailable; host blocked'")


def complaint(path: str, feedback: str = "abuse", *, to: str = "complaints@example.org") -> bytes:
    """A feedback loop's report (ARF): it comes to the address of the loop, the return path stands inside."""
    return _mail(
        f"""\
From: <feedback@arf.mail.example.org>
To: {to}
Date: Mon, 23 Nov 2026 12:30:00 +0000
Subject: FW: Alert a
Message-ID: <arf-1@arf.mail.example.org>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report;
\tboundary="part1_13d.2e68ed54_boundary"
""",
        f"""\
--part1_13d.2e68ed54_boundary
Content-Type: text/plain; charset="US-ASCII"
Content-Transfer-Encoding: 7bit

This is an email abuse report for an email message received from IP 192.0.2.1.

--part1_13d.2e68ed54_boundary
Content-Type: message/feedback-report

Feedback-Type: {feedback}
User-Agent: Webmail-Feedback/2.0
Version: 1
Original-Mail-From: <{{path}}>
Original-Rcpt-To: ada@mail.example.org
Arrival-Date: Mon, 23 Nov 2026 12:00:05 +0000
Source-IP: 192.0.2.1
Reported-Domain: example.org

--part1_13d.2e68ed54_boundary
Content-Type: message/rfc822
Content-Disposition: inline

{{letter}}
--part1_13d.2e68ed54_boundary--
""",
        path,
    )


def away(path: str) -> bytes:
    """Out of office, as Exchange says it."""
    return _mail(
        """\
Return-Path: <>
From: Ada <ada@mail.example.org>
To: {path}
Subject: Automatic reply: Alert a
Message-ID: <away-1@mail.example.org>
Auto-Submitted: auto-generated
X-Auto-Response-Suppress: All
""",
        "I am away until Monday. Ring extension 550 1234; the user unknown to me does not exist.",
        path,
    )


def reply(path: str, text: str = "Thank you. A black car stood in Mill Lane last night.") -> bytes:
    """A person's own words."""
    return _mail(
        """\
Return-Path: <ada@mail.example.org>
From: Ada <ada@mail.example.org>
To: {path}
Subject: Re: Alert a
Message-ID: <reply-1@mail.example.org>
""",
        text,
        path,
    )


def nested(depth: int) -> bytes:
    """Multiparts inside multiparts."""
    levels = "".join(f"Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n" for i in range(depth))
    return f"From: x@mail.example.org\n{levels}\nhello\n".encode()


def in_base64(path: str) -> bytes:
    """A report whose fields are encoded, which RFC 3464 forbids and gateways do."""
    status = b"Reporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; a@b\r\nAction: failed\r\nStatus: 5.1.1\r\n"
    body = f"""\
--b
Content-Type: message/delivery-status
Content-Transfer-Encoding: BASE64

{encodebytes(status).decode()}
--b--
"""
    return _mail(f"To: {path}\nContent-Type: multipart/report; boundary=b", body, path)
