"""What the service says in words, in three languages: errors, marks, names of things no release names.

Sentences are templates with named places. They are whole in each language; nothing is joined from pieces.
"""

from __future__ import annotations

from sse_observatory.core import LANGUAGES, Text

AGENCIES: dict[str, Text] = {
    "SSE_OBS": Text("SSE Observatory", "Observatoire de l’ESS", "Observatorio de la ESS"),
    "SDMX": Text("SDMX", "SDMX", "SDMX"),
    "ILO": Text(
        "International Labour Organization", "Organisation internationale du Travail",
        "Organización Internacional del Trabajo",
    ),
}
AGENCY_SCHEME = Text("Agencies", "Organismes", "Organismos")
CONCEPT_SCHEME = Text(
    "Concepts of the SSE Observatory", "Concepts de l’Observatoire de l’ESS", "Conceptos del Observatorio de la ESS"
)
OBS_VALUE = Text("Observation value", "Valeur d’observation", "Valor de la observación")
TIME_PERIOD = Text("Time period", "Période", "Período")
CONSTRAINT = Text(
    "What {flow} contains at present", "Ce que {flow} contient actuellement", "Lo que {flow} contiene actualmente"
)

FICTIONAL_COMMENT = "FICTIONAL COUNTRY · PAYS FICTIF · PAÍS FICTICIO"
"""Put at the head of COMMENT of every observation of an invented country; the attribute has no language."""

SOURCE = Text("SSE Observatory", "Observatoire de l’ESS", "Observatorio de la ESS")
SOURCE_FICTIONAL = Text(
    "SSE Observatory. Contains invented figures for a fictional country: {areas}.",
    "Observatoire de l’ESS. Contient des chiffres inventés pour un pays fictif : {areas}.",
    "Observatorio de la ESS. Contiene cifras inventadas para un país ficticio: {areas}.",
)

ERRORS: dict[str, Text] = {
    "no_results": Text(
        "No results found.", "Aucun résultat trouvé.", "No se han encontrado resultados."),
    "no_flow": Text(
        "No results found: there is no dataflow {what}.",
        "Aucun résultat trouvé : il n’existe pas de flux de données {what}.",
        "No se han encontrado resultados: no existe el flujo de datos {what}."),
    "no_structure": Text(
        "No results found: there is no {kind} {what}.",
        "Aucun résultat trouvé : il n’existe pas de {kind} {what}.",
        "No se han encontrado resultados: no existe {kind} {what}."),
    "resource": Text(
        "Syntax error: the path begins with {what}, which is not a resource of the SDMX 2.1 REST interface.",
        "Erreur de syntaxe : le chemin commence par {what}, qui n’est pas une ressource de l’interface REST SDMX 2.1.",
        "Error de sintaxis: la ruta comienza con {what}, que no es un recurso de la interfaz REST de SDMX 2.1."),
    "path": Text(
        "Syntax error: the path has too many or too few parts; expected {expected}.",
        "Erreur de syntaxe : le chemin a trop ou trop peu d’éléments ; attendu : {expected}.",
        "Error de sintaxis: la ruta tiene demasiadas partes o muy pocas; se esperaba {expected}."),
    "part": Text(
        "Syntax error: {what} is not a valid {name}.",
        "Erreur de syntaxe : {what} n’est pas une valeur admise pour {name}.",
        "Error de sintaxis: {what} no es un valor válido de {name}."),
    "parameter": Text(
        "Syntax error: the parameter {what} is unknown here; known are {expected}.",
        "Erreur de syntaxe : le paramètre {what} est inconnu ici ; sont connus : {expected}.",
        "Error de sintaxis: el parámetro {what} se desconoce aquí; se conocen {expected}."),
    "twice": Text(
        "Syntax error: the parameter {what} is given twice.",
        "Erreur de syntaxe : le paramètre {what} est donné deux fois.",
        "Error de sintaxis: el parámetro {what} aparece dos veces."),
    "url_length": Text(
        "The address is longer than {limit} characters. Ask for fewer codes, or leave a dimension open.",
        "L’adresse dépasse {limit} caractères. Demandez moins de codes ou laissez une dimension ouverte.",
        "La dirección supera los {limit} caracteres. Pida menos códigos o deje abierta una dimensión."),
    "key_codes": Text(
        "Response too large: the key names more than {limit} codes.",
        "Réponse trop volumineuse : la clé nomme plus de {limit} codes.",
        "Respuesta demasiado grande: la clave nombra más de {limit} códigos."),
    "too_large": Text(
        "Response too large: {count} observations, the limit is {limit}. Ask for fewer codes or a shorter period.",
        "Réponse trop volumineuse : {count} observations, la limite est {limit}. Demandez moins de codes ou une "
        "période plus courte.",
        "Respuesta demasiado grande: {count} observaciones, el límite es {limit}. Pida menos códigos o un período "
        "más corto."),
    "key_parts": Text(
        "Semantic error: the key has {found} parts; {flow} has {expected} dimensions besides time: {dimensions}.",
        "Erreur sémantique : la clé a {found} éléments ; {flow} a {expected} dimensions outre le temps : {dimensions}.",
        "Error semántico: la clave tiene {found} partes; {flow} tiene {expected} dimensiones además del tiempo: "
        "{dimensions}."),
    "dimension": Text(
        "Semantic error: {what} is not a dimension of {flow}; its dimensions are {dimensions}.",
        "Erreur sémantique : {what} n’est pas une dimension de {flow} ; ses dimensions sont {dimensions}.",
        "Error semántico: {what} no es una dimensión de {flow}; sus dimensiones son {dimensions}."),
    "period_order": Text(
        "Semantic error: startPeriod {start} is after endPeriod {end}.",
        "Erreur sémantique : startPeriod {start} est postérieur à endPeriod {end}.",
        "Error semántico: startPeriod {start} es posterior a endPeriod {end}."),
    "keys_are_series": Text(
        "Semantic error: detail={detail} asks for series, which dimensionAtObservation=AllDimensions has none of.",
        "Erreur sémantique : detail={detail} demande des séries, or dimensionAtObservation=AllDimensions n’en a pas.",
        "Error semántico: detail={detail} pide series y dimensionAtObservation=AllDimensions no tiene ninguna."),
    "not_acceptable": Text(
        "Not acceptable: none of the media types asked for is served here. Served are {expected}.",
        "Inacceptable : aucun des types de contenu demandés n’est servi ici. Sont servis : {expected}.",
        "No aceptable: aquí no se sirve ninguno de los tipos de contenido pedidos. Se sirven {expected}."),
    "not_implemented": Text(
        "Not implemented: {what}.", "Non pris en charge : {what}.", "No implementado: {what}."),
    "internal": Text(
        "Internal server error, noted under {incident}. Trying again later may help.",
        "Erreur interne du serveur, notée sous la référence {incident}. Un nouvel essai peut aboutir.",
        "Error interno del servidor, anotado con la referencia {incident}. Puede volver a intentarlo más tarde."),
}


def fill(template: Text, **values: object) -> Text:
    """`template` with its places filled, in every language it exists in."""
    return Text(**{
        lang: (found.format(**values) if (found := template.get(lang)) is not None else None) for lang in LANGUAGES
    })
