"""Common given and family names by language, for people who do not exist."""

NAMES: dict[str, tuple[str, str]] = {
    "en": (
        "Amina James Grace Peter Ruth Daniel Joyce Samuel Esther Brian Linda Kevin Naomi Victor",
        "Otieno Smith Mwangi Johnson Brown Okafor Clarke Banda Moyo Taylor Njoroge Evans Mensah",
    ),
    "fr": (
        "Aïcha Moussa Fatou Jean Élodie Ousmane Claire Ibrahima Mariam Luc Aminata Cheikh Zoé",
        "Diallo Traoré Ndiaye Martin Sow Koné Dubois Fall Bâ Lefèvre Coulibaly Petit Diop Sarr",
    ),
    "es": (
        "María José Lucía Carlos Ana Juan Sofía Luis Elena Diego Camila Andrés Paula Mateo Inés",
        "García López Quispe Rodríguez Mamani Fernández Núñez Gómez Torres Rojas Muñoz Vargas",
    ),
    "pt": (
        "Ana João Beatriz Pedro Mariana Tiago Inês Rafael Carla Paulo Sofia Bruno Lúcia",
        "Silva Santos Oliveira Sousa Costa Pereira Almeida Carvalho Conceição Rocha Araújo",
    ),
    "ar": (
        "ليلى محمد فاطمة أحمد نور يوسف مريم علي سلمى خالد هدى عمر زينب حسن رنا",
        "حداد المصري النجار السيد منصور العلي سليمان الخوري ناصر يعقوب عثمان البكري",
    ),
    "de": (
        "Anna Lukas Marie Jonas Lena Felix Katrin Paul Julia Max",
        "Müller Schmidt Fischer Weber Becker Schäfer König Groß",
    ),
    "ru": (
        "Анна Иван Мария Дмитрий Ольга Сергей Елена Алексей",
        "Иванов Петров Соколов Морозов Волков Лебедев Орлов",
    ),
    "uk": ("Олена Тарас Ірина Андрій Оксана Богдан", "Шевченко Коваленко Бондар Мельник Ткачук"),
    "hi": ("प्रिया अमित अनीता राहुल सुनीता विजय", "शर्मा वर्मा पटेल सिंह गुप्ता मिश्रा"),
    "bn": ("নাসরিন রহিম ফারহানা করিম শিরিন", "হোসেন আহমেদ খান সরকার চৌধুরী"),
    "zh": ("淑芬 志明 美玲 家豪 雅婷", "陳 林 黃 張 李 王"),
    "ja": ("さくら 健太 美咲 大輔 陽子", "佐藤 鈴木 高橋 田中 伊藤"),
    "th": ("สมชาย มาลี อนงค์ ประเสริฐ", "ใจดี แสงทอง ศรีสุข วงศ์ดี"),
    "he": ("נועה דוד מיכל יוסף תמר", "כהן לוי מזרחי פרץ ביטון"),
    "tr": ("Ayşe Mehmet Zeynep Emre Elif", "Yılmaz Demir Şahin Çelik Öztürk"),
    "sw": ("Amani Neema Juma Rehema Baraka", "Mushi Komba Hassan Massawe Nyerere"),
    "am": ("አበበ ሰላም ታደሰ ሄለን ዳዊት", "በቀለ ተስፋዬ ገብረ ወልደ አለሙ"),
    "fa": ("زهرا رضا مریم حسین ندا", "احمدی رحیمی کریمی نوری صادقی"),
}


def of(language: str) -> tuple[list[str], list[str]]:
    """Given and family names for a language, English ones where we have none."""
    given, family = NAMES.get(language.split("-")[0], NAMES["en"])
    return given.split(), family.split()
