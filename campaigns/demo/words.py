"""What the demo's letters say, and what its signers write."""

CALL = {
    "en": (
        "Will you add your name today?",
        "Dear {first_name},\n\nwe have started something that needs you. It takes one minute: read"
        " why it matters, and add your name if you agree.\n\n[Read and sign]({link})\n\nEvery name"
        " is counted once and handed over as it is.\n\n{chapter}",
    ),
    "fr": (
        "Ajouterez-vous votre nom aujourd’hui ?",
        "Bonjour {first_name},\n\nnous avons lancé quelque chose qui a besoin de vous. Cela prend"
        " une minute : lisez pourquoi c’est important et signez si vous êtes d’accord.\n\n"
        "[Lire et signer]({link})\n\nChaque nom est compté une fois et remis tel quel."
        "\n\n{chapter}",
    ),
    "es": (
        "¿Sumará hoy su nombre?",
        "Hola, {first_name}:\n\nhemos puesto en marcha algo que le necesita. Lleva un minuto: lea"
        " por qué importa y firme si está de acuerdo.\n\n[Leer y firmar]({link})\n\nCada nombre se"
        " cuenta una vez y se entrega tal cual.\n\n{chapter}",
    ),
    "ar": (
        "هل تضيف اسمك اليوم؟",
        "تحية طيبة {first_name}،\n\nبدأنا عملًا يحتاج إليك. لن يستغرق الأمر سوى دقيقة: اقرأ لماذا"
        " يهمّ هذا، ثم وقّع إن كنت توافق.\n\n[اقرأ ووقّع]({link})\n\nكل اسم يُحسب مرة واحدة ويُسلَّم كما"
        " هو.\n\n{chapter}",
    ),
}
REMINDER = {
    "en": (
        "We are nearly there",
        "Dear {first_name},\n\nwe are close to our goal, and every name counts in the room where"
        " this is decided. If you have not signed yet, this is the week.\n\n"
        "[Sign now]({link})\n\n{chapter}",
    ),
    "fr": (
        "Nous y sommes presque",
        "Bonjour {first_name},\n\nnous approchons du but, et chaque nom compte là où la décision"
        " se prend. Si vous n’avez pas encore signé, c’est cette semaine.\n\n"
        "[Signer maintenant]({link})\n\n{chapter}",
    ),
    "es": (
        "Ya casi llegamos",
        "Hola, {first_name}:\n\nestamos cerca de la meta, y cada nombre cuenta donde esto se"
        " decide. Si aún no ha firmado, esta es la semana.\n\n[Firmar ahora]({link})\n\n{chapter}",
    ),
    "ar": (
        "اقتربنا من الهدف",
        "تحية طيبة {first_name}،\n\nاقتربنا من هدفنا، ولكل اسم وزنه حيث يُتخذ القرار. إن لم تكن قد"
        " وقّعت بعد، فهذا هو الأسبوع.\n\n[وقّع الآن]({link})\n\n{chapter}",
    ),
}
OUTCOME = {
    "en": (
        "What came of your signature",
        "Dear {first_name},\n\nthe campaign has ended and there is news: the regulator has opened"
        " a consultation and invited us to its first hearing. Thank you.\n\n"
        "[Read what happened]({link})\n\n{chapter}",
    ),
    "fr": (
        "Ce que votre signature a permis",
        "Bonjour {first_name},\n\nla campagne est terminée et il y a du nouveau : le régulateur a"
        " ouvert une consultation et nous invite à la première audition. Merci.\n\n"
        "[Lire la suite]({link})\n\n{chapter}",
    ),
    "es": (
        "Lo que logró su firma",
        "Hola, {first_name}:\n\nla campaña ha terminado y hay novedades: el regulador abrió una"
        " consulta y nos invitó a la primera audiencia. Gracias.\n\n"
        "[Leer qué pasó]({link})\n\n{chapter}",
    ),
    "ar": (
        "ما الذي حققه توقيعك",
        "تحية طيبة {first_name}،\n\nانتهت الحملة وهناك جديد: فتحت الهيئة المنظمة باب التشاور ودعتنا"
        " إلى أولى جلساتها. شكرًا لك.\n\n[اقرأ ما حدث]({link})\n\n{chapter}",
    ),
}
LETTERS = {"call": CALL, "reminder": REMINDER, "outcome": OUTCOME}
COMMENTS: dict[str, tuple[str, ...]] = {
    "en": (
        "My village paid for its own mast. The licence took longer than the building.",
        "Our school has two hours of Internet a day. It is not enough.",
        "When the network went down I could not reach my patients.",
    ),
    "fr": (
        "Au village, on monte sur la colline pour envoyer un message.",
        "Un forfait coûte ici le salaire de trois jours.",
    ),
    "es": (
        "En mi comunidad la red la hicimos entre todos.",
        "Mis alumnos comparten un solo teléfono para las tareas.",
    ),
    "ar": (
        "نحتاج إلى إنترنت أسرع وأرخص في قريتنا.",
        "انقطعت الشبكة أيام الامتحانات وخسرنا كثيرًا.",
    ),
}
