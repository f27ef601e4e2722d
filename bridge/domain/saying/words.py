"""The sentences a user may read, in the languages we speak. Another language is another entry here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongue:
    """One language. Names in braces are filled in; a moment is `today`, `tomorrow`, a weekday or a date."""

    here: str
    here_in: str
    away: str
    away_until: str
    assigned: str
    waiting: str
    closed: str
    soon: str
    """The wait when none is known."""
    under_a_minute: str
    minute: str
    minutes: str
    hour: str
    hours: str
    today: str
    tomorrow: str
    weekday: str
    date: str
    weekdays: tuple[str, ...]
    months: tuple[str, ...]


def _names(names: str) -> tuple[str, ...]:
    return tuple(names.split())


TONGUES: Final[Mapping[str, Tongue]] = {
    "en": Tongue(
        here="A member of our team will answer you here.",
        here_in="A member of our team will answer you here, usually within {wait}.",
        away="Our team is away just now. Your message is kept, and you will be answered here.",
        away_until="Our team is away just now and back {when}. Your message is kept, and you will be answered here.",
        assigned="{name} is with you now.",
        waiting="You have not been forgotten: a member of our team will be with you in {wait}.",
        closed="This conversation with our team has ended. Write again whenever you need us.",
        soon="a little while", under_a_minute="a minute", minute="a minute", minutes="{n} minutes",
        hour="an hour", hours="{n} hours",
        today="today at {time}", tomorrow="tomorrow at {time}", weekday="on {weekday} at {time}",
        date="on {day} {month} at {time}",
        weekdays=_names("Monday Tuesday Wednesday Thursday Friday Saturday Sunday"),
        months=_names("January February March April May June July August September October November December"),
    ),
    "fr": Tongue(
        here="Un membre de notre équipe va vous répondre ici.",
        here_in="Un membre de notre équipe va vous répondre ici, en général en moins de {wait}.",
        away="Notre équipe est absente en ce moment. Votre message est conservé et vous aurez une réponse ici.",
        away_until="Notre équipe est absente en ce moment et revient {when}. "
        "Votre message est conservé et vous aurez une réponse ici.",
        assigned="{name} est maintenant avec vous.",
        waiting="Nous ne vous oublions pas : un membre de notre équipe sera avec vous dans {wait}.",
        closed="Cette conversation avec notre équipe est terminée. Écrivez-nous de nouveau si besoin.",
        soon="un petit moment", under_a_minute="une minute", minute="une minute", minutes="{n} minutes",
        hour="une heure", hours="{n} heures",
        today="aujourd'hui à {time}", tomorrow="demain à {time}", weekday="{weekday} à {time}",
        date="le {day} {month} à {time}",
        weekdays=_names("lundi mardi mercredi jeudi vendredi samedi dimanche"),
        months=_names("janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
    ),
    "de": Tongue(
        here="Jemand aus unserem Team antwortet Ihnen hier.",
        here_in="Jemand aus unserem Team antwortet Ihnen hier, meist in weniger als {wait}.",
        away="Unser Team ist gerade nicht da. Ihre Nachricht bleibt erhalten, die Antwort kommt hier.",
        away_until="Unser Team ist gerade nicht da und {when} zurück. "
        "Ihre Nachricht bleibt erhalten, die Antwort kommt hier.",
        assigned="{name} ist jetzt für Sie da.",
        waiting="Sie sind nicht vergessen: In {wait} ist jemand aus unserem Team für Sie da.",
        closed="Dieses Gespräch mit unserem Team ist beendet. Schreiben Sie gern wieder, wenn Sie uns brauchen.",
        soon="Kürze", under_a_minute="einer Minute", minute="einer Minute", minutes="{n} Minuten",
        hour="einer Stunde", hours="{n} Stunden",
        today="heute um {time} Uhr", tomorrow="morgen um {time} Uhr", weekday="am {weekday} um {time} Uhr",
        date="am {day}. {month} um {time} Uhr",
        weekdays=_names("Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag"),
        months=_names("Januar Februar März April Mai Juni Juli August September Oktober November Dezember"),
    ),
    "es": Tongue(
        here="Una persona de nuestro equipo le responderá aquí.",
        here_in="Una persona de nuestro equipo le responderá aquí, normalmente en menos de {wait}.",
        away="Nuestro equipo no está en este momento. Su mensaje queda guardado y recibirá respuesta aquí.",
        away_until="Nuestro equipo no está en este momento y vuelve {when}. "
        "Su mensaje queda guardado y recibirá respuesta aquí.",
        assigned="{name} está ahora con usted.",
        waiting="No le hemos olvidado: una persona de nuestro equipo le atenderá en {wait}.",
        closed="Esta conversación con nuestro equipo ha terminado. Escríbanos de nuevo cuando lo necesite.",
        soon="un momento", under_a_minute="un minuto", minute="un minuto", minutes="{n} minutos",
        hour="una hora", hours="{n} horas",
        today="hoy a las {time}", tomorrow="mañana a las {time}", weekday="el {weekday} a las {time}",
        date="el {day} de {month} a las {time}",
        weekdays=_names("lunes martes miércoles jueves viernes sábado domingo"),
        months=_names("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"),
    ),
    "pt": Tongue(
        here="Uma pessoa da nossa equipa vai responder-lhe aqui.",
        here_in="Uma pessoa da nossa equipa vai responder-lhe aqui, normalmente em menos de {wait}.",
        away="A nossa equipa não está de momento. A sua mensagem fica guardada e terá resposta aqui.",
        away_until="A nossa equipa não está de momento e volta {when}. "
        "A sua mensagem fica guardada e terá resposta aqui.",
        assigned="{name} está agora consigo.",
        waiting="Não nos esquecemos de si: uma pessoa da nossa equipa estará consigo dentro de {wait}.",
        closed="Esta conversa com a nossa equipa terminou. Escreva-nos de novo sempre que precisar.",
        soon="momentos", under_a_minute="um minuto", minute="um minuto", minutes="{n} minutos",
        hour="uma hora", hours="{n} horas",
        today="hoje às {time}", tomorrow="amanhã às {time}", weekday="{weekday} às {time}",
        date="a {day} de {month} às {time}",
        weekdays=_names("segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo"),
        months=_names("janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro"),
    ),
    "it": Tongue(
        here="Una persona del nostro team le risponderà qui.",
        here_in="Una persona del nostro team le risponderà qui, di solito in meno di {wait}.",
        away="Il nostro team al momento non c'è. Il suo messaggio resta qui e riceverà una risposta.",
        away_until="Il nostro team al momento non c'è e torna {when}. "
        "Il suo messaggio resta qui e riceverà una risposta.",
        assigned="{name} è ora con lei.",
        waiting="Non ci siamo dimenticati di lei: una persona del nostro team sarà con lei tra {wait}.",
        closed="Questa conversazione con il nostro team è terminata. Ci scriva di nuovo quando vuole.",
        soon="poco", under_a_minute="un minuto", minute="un minuto", minutes="{n} minuti",
        hour="un'ora", hours="{n} ore",
        today="oggi alle {time}", tomorrow="domani alle {time}", weekday="{weekday} alle {time}",
        date="il {day} {month} alle {time}",
        weekdays=_names("lunedì martedì mercoledì giovedì venerdì sabato domenica"),
        months=_names("gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre"),
    ),
    "nl": Tongue(
        here="Iemand van ons team antwoordt u hier.",
        here_in="Iemand van ons team antwoordt u hier, meestal binnen {wait}.",
        away="Ons team is er nu niet. Uw bericht blijft bewaard en u krijgt hier antwoord.",
        away_until="Ons team is er nu niet en is {when} terug. Uw bericht blijft bewaard en u krijgt hier antwoord.",
        assigned="{name} is er nu voor u.",
        waiting="U bent niet vergeten: iemand van ons team is er over {wait} voor u.",
        closed="Dit gesprek met ons team is afgelopen. Schrijf ons gerust weer als u ons nodig hebt.",
        soon="korte tijd", under_a_minute="een minuut", minute="een minuut", minutes="{n} minuten",
        hour="een uur", hours="{n} uur",
        today="vandaag om {time}", tomorrow="morgen om {time}", weekday="{weekday} om {time}",
        date="op {day} {month} om {time}",
        weekdays=_names("maandag dinsdag woensdag donderdag vrijdag zaterdag zondag"),
        months=_names("januari februari maart april mei juni juli augustus september oktober november december"),
    ),
}  # fmt: skip
